"""The causes for which a database refuses, each with its sentence.

A driver tells most causes by a code. What Postgres says before it lets anybody in has none, only
words, in English unless the server speaks another language: then its own words are repeated.
"""

import re
from dataclasses import dataclass

GRANTS = "see docs/how-to/run-with-postgres.md"


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause, by the `codes` of the driver or by the words `seen`, and its sentence."""

    name: str
    sentence: str
    seen: str = "(?!)"
    codes: tuple[str, ...] = ()
    heals: bool = False

    def fits(self, code: str, said: str) -> bool:
        by_code = any(code.startswith(one) for one in self.codes)
        return by_code or re.search(self.seen, said, re.IGNORECASE) is not None


POSTGRES = (
    Cause(
        "wrong_password",
        "Postgres at {at} refuses the password of the role {role}; correct it in DATABASE_URL, "
        "where all but letters and digits are written as %40 for @ and so on",
        r"password authentication failed|SASL authentication failed",
        ("28P01",),
    ),
    Cause(
        "no_password",
        "Postgres at {at} asks for the password of the role {role}, and DATABASE_URL has none; "
        "write postgresql://{role}:password@host/{name}",
        r"no password supplied",
    ),
    Cause(
        "unknown_role",
        f"Postgres at {{at}} has no role {{role}}; make it ({GRANTS}) or correct DATABASE_URL",
        r'role ".*" does not exist|no such user|(peer|ident) authentication failed',
    ),
    Cause(
        "no_login",
        "Postgres at {at} does not let the role {role} log in; run ALTER ROLE {role} LOGIN as a "
        "superuser",
        r"is not permitted to log in",
    ),
    Cause(
        "unknown_database",
        f"Postgres at {{at}} has no database {{name}}; make it ({GRANTS}) or correct DATABASE_URL",
        r'database ".*" does not exist|no such database',
        ("3D000",),
    ),
    Cause(
        "tls_required",
        "Postgres at {at} lets the role {role} into {name} with TLS alone; add ?sslmode=require "
        "to DATABASE_URL, and have TLS switched on at the server",
        r'pg_hba\.conf.* host "(?!\[local).*no encryption|connection is insecure|'
        r"SSL connection is required",
    ),
    Cause(
        "not_let_in",
        "Postgres at {at} does not let the role {role} into {name} from this machine; have a line "
        "for it put into its pg_hba.conf",
        r"pg_hba\.conf",
        ("28000",),
    ),
    Cause(
        "tls_not_offered",
        "Postgres at {at} offers no TLS, which DATABASE_URL asks for; have it switched on at the "
        "server, or take sslmode out of DATABASE_URL where the network is your own",
        r"server does not support SSL",
    ),
    Cause(
        "certificate",
        "The certificate of Postgres at {at} could not be verified ({said}); name the file of "
        "its issuer with sslrootcert, and the host that stands in it, in DATABASE_URL",
        r"certificate",
    ),
    Cause(
        "unknown_host",
        "No machine is called {host}; correct the host in DATABASE_URL, or check this machine's "
        "name server (DNS)",
        r"resolve host|translate host name",
        heals=True,
    ),
    Cause(
        "nothing_listens",
        "Nothing listens at {at}; start Postgres there, or correct host and port in DATABASE_URL",
        r"connection refused|on socket .* failed: No such file",
        heals=True,
    ),
    Cause(
        "no_network",
        "This machine's network knows no way to {at}; check the network, and the host in "
        "DATABASE_URL",
        r"no route to host|network is unreachable",
        heals=True,
    ),
    Cause(
        "silence",
        "{at} does not answer; check that Postgres runs there, and that no firewall stands "
        "between it and this machine",
        r"timeout expired|timed out",
        heals=True,
    ),
    Cause(
        "not_postgres",
        "What answers at {at} is not Postgres; correct host and port in DATABASE_URL",
        r"invalid response to SSL|expected authentication request|unexpected message from server",
    ),
    Cause(
        "bad_option",
        "Postgres does not take an option of DATABASE_URL ({said}); correct what stands after "
        "the ? there",
        r"invalid .*value|invalid connection option|bad value for|unrecognized configuration",
        ("22023", "42704"),
    ),
    Cause(
        "pooler_options",
        "The pooler at {at} does not pass settings on to Postgres; add options to its "
        "ignore_startup_parameters, or name Postgres itself in DATABASE_URL",
        r"unsupported startup parameter",
    ),
    Cause(
        "too_many_connections",
        "Postgres at {at} has no connection left; raise its max_connections, or run fewer "
        "programs and replicas on it (each replica of Cairn takes up to 20)",
        r"too many (clients|connections)|connection slots are reserved|no more connections",
        ("53300",),
        heals=True,
    ),
    Cause(
        "restarting",
        "Postgres at {at} is starting or stopping; wait until it is up",
        r"the database system is|not yet accepting",
        ("57P03",),
        heals=True,
    ),
    Cause(
        "gone",
        "Postgres at {at} broke off the connection; check that it runs, and its log",
        r"closed the connection|terminating connection|connection reset|connection (is|was) "
        r"(lost|closed)|connection has been closed|broken pipe|could not (send|receive) data",
        ("57P01", "57P02", "57P05", "25P03", "08"),
        heals=True,
    ),
    Cause(
        "full",
        "The disk of Postgres at {at} is full; make room there",
        codes=("53100",),
    ),
    Cause(
        "read_only",
        "Postgres at {at} takes no changes: it is a standby, or read-only; name the primary "
        "server in DATABASE_URL",
        codes=("25006",),
    ),
    Cause(
        "no_rights",
        f"The role {{role}} has not the rights that Cairn needs ({{said}}); grant them ({GRANTS})",
        r"permission denied",
        ("42501",),
    ),
    Cause(
        "wrong_schema",
        "The tables in {name} are not those of this version of Cairn ({said}); run `python app.py "
        "migrate`, or correct DATABASE_URL",
        codes=("42P01", "42703", "3F000"),
    ),
    Cause(
        "too_slow",
        "A statement was broken off because Postgres at {at} took too long for it; look at its "
        "load, its disk, and who holds a lock",
        codes=("57014",),
        heals=True,
    ),
    Cause(
        "locked",
        "Another connection to {name} holds a lock that Cairn needs; end it, or try again later",
        codes=("55P03", "40P01", "40001"),
        heals=True,
    ),
    Cause(
        "damaged",
        "Postgres at {at} finds its files damaged ({said}); stop Cairn, and restore the last "
        "backup into a new database",
        codes=("XX001", "XX002"),
    ),
    Cause(
        "failing",
        "Postgres at {at} lacks memory or cannot read its disk ({said}); look at its log",
        codes=("53", "58"),
    ),
)  # fmt: skip

SQLITE = (
    Cause(
        "foreign_file",
        "{file} is not an SQLite database; name Cairn's own file in DATABASE_URL, or a new one",
        codes=("SQLITE_NOTADB",),
    ),
    Cause(
        "damaged",
        "{file} is damaged; stop Cairn, put the file aside with those beside it, and restore the "
        "last backup (docs/how-to/back-up-and-restore.md)",
        codes=("SQLITE_CORRUPT",),
    ),
    Cause("full", "The disk of {file} is full; make room there", codes=("SQLITE_FULL",)),
    Cause(
        "read_only",
        "{file} cannot be written; let the user who runs Cairn write the file and its folder, "
        "and see whether the disk is mounted read-only",
        codes=("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"),
    ),
    Cause(
        "locked",
        "Another process keeps {file} locked; stop it (a second Cairn, a shell, a program for "
        "backups)",
        codes=("SQLITE_BUSY", "SQLITE_LOCKED"),
        heals=True,
    ),
    Cause(
        "network_folder",
        "{file} lies where files cannot be locked, as on some network folders; keep it on a disk "
        "of this machine, or use Postgres",
        codes=("SQLITE_PROTOCOL", "SQLITE_NOLFS", "SQLITE_IOERR_LOCK", "SQLITE_IOERR_SHM"),
    ),
    Cause(
        "failing",
        "The disk failed to read or write {file} ({said}); look into the machine's log, and move "
        "the database to a disk that works",
        codes=("SQLITE_IOERR", "SQLITE_NOMEM", "SQLITE_TOOBIG"),
    ),
    Cause(
        "wrong_schema",
        "The tables in {file} are not those of this version of Cairn ({said}); run `python "
        "app.py migrate`, or correct DATABASE_URL",
        r"no such (table|column)",
    ),
)
