"""Settings and databases that are wrong, and the one sentence that each of them gets."""

from collections.abc import Mapping
from dataclasses import dataclass

SECRET = "hush-Hush-123"
BOT, APP = {"SLACK_BOT_TOKEN": f"xoxb-{SECRET}"}, {"SLACK_APP_TOKEN": f"xapp-{SECRET}"}
TOKENS = BOT | APP
SERVE, MIGRATE, QUEUE = ("serve",), ("migrate",), ("queue",)
BACKUP = ("backup", "{folder}/backup.zip")
RESTORE = ("restore", "{folder}/roster.csv")
EXPORT = ("export", "--workspace", "T1", "--out", "{folder}/x.zip")
POSTGRES = "docs/how-to/run-with-postgres.md"
AT = "127.0.0.1:{port}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, in a command, and all that it says. Braces are filled in by `there`."""

    said: str
    settings: Mapping[str, str]
    command: tuple[str, ...] = MIGRATE
    code: int = 1


def database(said: str, address: str, command: tuple[str, ...] = MIGRATE) -> Wrong:
    return Wrong(said, TOKENS | {"DATABASE_URL": address}, command)


SETTINGS = {
    "an app token for a bot": Wrong(
        "SLACK_BOT_TOKEN holds an app-level token (xapp-…); that one belongs into SLACK_APP_TOKEN, "
        "and here a bot token is needed.",
        APP | {"SLACK_BOT_TOKEN": f"xapp-{SECRET}"},
        SERVE,
    ),
    "a user's token": Wrong(
        "SLACK_BOT_TOKEN holds a user's token (xoxp-…); Cairn needs none, and here a bot token is "
        "needed.",
        APP | {"SLACK_BOT_TOKEN": f"xoxp-{SECRET}"},
        SERVE,
    ),
    "a bot token for an app": Wrong(
        "SLACK_APP_TOKEN holds a bot token (xoxb-…); that one belongs into SLACK_BOT_TOKEN, and "
        "here an app-level token is needed.",
        BOT | {"SLACK_APP_TOKEN": f"xoxb-{SECRET}"},
        SERVE,
    ),
    "no app token": Wrong(
        "SLACK_APP_TOKEN is not set; make an app-level token with connections:write in Basic "
        "Information.",
        BOT,
        SERVE,
    ),
    "no signing secret over HTTP": Wrong(
        "SLACK_SIGNING_SECRET is not set; copy the Signing Secret from Basic Information of your "
        "app.",
        BOT,
        ("serve", "--http"),
    ),
    "a token for a signing secret": Wrong(
        "SLACK_SIGNING_SECRET holds a token; copy the Signing Secret from the app's Basic "
        "Information.",
        {"SLACK_SIGNING_SECRET": f"xoxb-{SECRET}"},
    ),
    "one workspace and several": Wrong(
        "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are for "
        "several; set one or the other",
        TOKENS
        | {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": SECRET, "SLACK_SIGNING_SECRET": SECRET},
        ("serve", "--http"),
    ),
    "several without HTTP": Wrong(
        "Several workspaces need HTTP, because Slack sends people back to a web page after the "
        "install; run `python app.py serve --http`, or set SLACK_BOT_TOKEN for one workspace",
        {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": SECRET, "SLACK_SIGNING_SECRET": SECRET},
        SERVE,
    ),
    "a client without its secret": Wrong(
        "SLACK_CLIENT_SECRET is not set; SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together.",
        {"SLACK_CLIENT_ID": "1.2"},
    ),
    "Slack unencrypted": Wrong(
        "SLACK_API_URL would send tokens to Slack unencrypted; write https:// instead of http://.",
        {"SLACK_API_URL": "http://slack.com/api"},
    ),
    "a port of words": Wrong(
        "MONITOR_PORT is not a port; write a number from 0 (any free one) to 65535.",
        {"MONITOR_PORT": "http"},
    ),
    "a proxy without a scheme": Wrong(
        "HTTPS_PROXY is not a web address; write one that starts with https://.",
        {"HTTPS_PROXY": f"cairn:{SECRET}@proxy:3128"},
    ),
    "a level that is none": Wrong(
        "LOG_LEVEL is unknown; write DEBUG, INFO, WARNING, ERROR or CRITICAL.",
        {"LOG_LEVEL": "verbose"},
    ),
    "keys in a file": Wrong(
        "KEY_DIR names {folder}/roster.csv, which is a file; name a folder of its own for the "
        "keys.",
        {"KEY_DIR": "{folder}/roster.csv"},
    ),
    "a folder that is not there": Wrong(
        "CONFIG_DIR names {folder}/nowhere, where no folder is; make it or correct the path.",
        {"CONFIG_DIR": "{folder}/nowhere"},
    ),
    "a vault without a way in": Wrong(
        "VAULT_ADDR needs VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID.",
        {"VAULT_ADDR": "https://vault.example.org"},
    ),
    "a secret's file that is not there": Wrong(
        "SLACK_BOT_TOKEN_FILE names a file that cannot be read; check that it is there and that "
        "Cairn may read it.",
        {"SLACK_BOT_TOKEN_FILE": "{folder}/nowhere"},
    ),
    "another engine": Wrong(
        "DATABASE_URL names 'mysql'; Cairn runs on sqlite and postgresql.",
        {"DATABASE_URL": f"mysql://cairn:{SECRET}@db/cairn"},
    ),
    "an address that is none": Wrong(
        "DATABASE_URL is not a database address; write sqlite:///var/cairn.db or "
        "postgresql://user:password@host/name.",
        {"DATABASE_URL": SECRET},
    ),
    "an unknown option": Wrong(
        "DATABASE_URL has an option that Postgres does not know; a ? in a password is %3F.",
        {"DATABASE_URL": f"postgresql://cairn:{SECRET}@db/cairn?sslmod=require"},
    ),
    "a folder for a file": Wrong(
        "DATABASE_URL names a folder; write the name of a file in it.",
        {"DATABASE_URL": "sqlite:///{folder}"},
    ),
    "memory for a file": Wrong(
        "DATABASE_URL needs a file for SQLite, not memory", {"DATABASE_URL": "sqlite:///:memory:"}
    ),
}
FILES = {
    "a file of something else": database(
        "{folder}/roster.csv is not an SQLite database; name Cairn's own file in DATABASE_URL, or "
        "a new one",
        "sqlite:///{folder}/roster.csv",
    ),
    "a damaged file": database(
        "{folder}/damaged.db is damaged; stop Cairn, put the file aside with those beside it, and "
        "restore the last backup (docs/how-to/back-up-and-restore.md)",
        "sqlite:///{folder}/damaged.db",
        QUEUE,
    ),
    "a full disk": database(
        "The disk of /dev/full is full; make room there", "sqlite:////dev/full", BACKUP
    ),
    "a folder that cannot be made": database(
        "{folder}/roster.csv/var is not there and cannot be made, because {folder}/roster.csv is "
        "a file; make the folder for the user who runs Cairn, or correct DATABASE_URL",
        "sqlite:///{folder}/roster.csv/var/cairn.db",
        SERVE,
    ),
    "a folder where nothing can be made": database(
        "/proc/cairn.db cannot be made or opened; let the user who runs Cairn write into /proc",
        "sqlite:////proc/cairn.db",
        EXPORT,
    ),
    "a file that another process keeps": database(
        "Another process keeps {folder}/locked.db locked; stop it (a second Cairn, a shell, a "
        "program for backups)",
        "sqlite:///{folder}/locked.db",
        ("restore", "{folder}/backup-made-before.zip", "--replace"),
    ),
    "a file of another program": database(
        "The database holds tables of another program (invoice); name an empty database, or "
        "Cairn's own, in DATABASE_URL",
        "sqlite:///{folder}/other.db",
    ),
    "a file without tables": database(
        "The database is not up to date; run `python app.py migrate`",
        "sqlite:///{folder}/new.db",
        SERVE,
    ),
}
SERVERS = {
    "a wrong password": database(
        "Postgres at {socket} refuses the password of the role walled; correct it in DATABASE_URL, "
        "where all but letters and digits are written as %40 for @ and so on",
        "postgresql://walled:{secret}@/{name}?host={host}",
    ),
    "no password": database(
        "Postgres at {socket} asks for the password of the role walled, and DATABASE_URL has none; "
        "write postgresql://walled:password@host/{name}",
        "postgresql://walled@/{name}?host={host}",
        QUEUE,
    ),
    "an unknown role": database(
        f"Postgres at {{socket}} has no role nobody; make it (see {POSTGRES}) or correct "
        "DATABASE_URL",
        "postgresql://nobody:{secret}@/{name}?host={host}",
        SERVE,
    ),
    "a role that may not log in": database(
        "Postgres at {socket} does not let the role asleep log in; run ALTER ROLE asleep LOGIN as "
        "a superuser",
        "postgresql://asleep:{secret}@/{name}?host={host}",
        BACKUP,
    ),
    "an unknown database": database(
        f"Postgres at {{socket}} has no database nowhere; make it (see {POSTGRES}) or correct "
        "DATABASE_URL",
        "postgresql://cairn_run:{secret}@/nowhere?host={host}",
        EXPORT,
    ),
    "a server that lets nobody in": database(
        "Postgres at {socket} does not let the role shut_out into {name} from this machine; have a "
        "line for it put into its pg_hba.conf",
        "postgresql://shut_out:{secret}@/{name}?host={host}",
    ),
    "no right to connect": database(
        "The role visitor has not the rights that Cairn needs (FATAL:  permission denied for "
        f'database "closed"); grant them (see {POSTGRES})',
        "postgresql://visitor:{secret}@/closed?host={host}",
    ),
    "no rights on tables": database(
        "The role visitor has not the rights that Cairn needs (permission denied for table "
        f"alembic_version); grant them (see {POSTGRES})",
        "postgresql://visitor:{secret}@/{name}?host={host}",
        QUEUE,
    ),
    "no right to make tables": database(
        "The role visitor has not the rights that Cairn needs (permission denied for schema "
        f"public); grant them (see {POSTGRES})",
        "postgresql://visitor:{secret}@/bare?host={host}",
    ),
    "no connection left": database(
        "Postgres at {socket} has no connection left; raise its max_connections, or run fewer "
        "programs and replicas on it (each replica of Cairn takes up to 20)",
        "postgresql://visitor:{secret}@/crowded?host={host}",
        QUEUE,
    ),
    "a server that takes no changes": database(
        "Postgres at {socket} takes no changes: it is a standby, or read-only; name the primary "
        "server in DATABASE_URL",
        "postgresql://reader:{secret}@/bare?host={host}",
    ),
    "tables of another program": database(
        "The database holds tables of another program (invoice); name an empty database, or "
        "Cairn's own, in DATABASE_URL",
        "postgresql://cairn_owner:{secret}@/other_program?host={host}",
    ),
    "no socket": database(
        "Nothing listens at the socket in {folder}; start Postgres there, or correct host and port "
        "in DATABASE_URL",
        "postgresql://cairn:{secret}@/cairn?host={folder}",
        BACKUP,
    ),
    "a port on which nothing listens": database(
        "Nothing listens at 127.0.0.1:1; start Postgres there, or correct host and port in "
        "DATABASE_URL",
        "postgresql://cairn:{secret}@127.0.0.1:1/cairn",
    ),
    "an unknown host": database(
        "No machine is called db.invalid; correct the host in DATABASE_URL, or check this "
        "machine's name server (DNS)",
        "postgresql://cairn:{secret}@db.invalid/cairn",
        QUEUE,
    ),
    "a server that is silent": database(
        "127.0.0.1:{silent} does not answer; check that Postgres runs there, and that no firewall "
        "stands between it and this machine",
        "postgresql://cairn:{secret}@127.0.0.1:{silent}/cairn?connect_timeout=2",
    ),
    "a server of another kind": database(
        "What answers at 127.0.0.1:{web} is not Postgres; correct host and port in DATABASE_URL",
        "postgresql://cairn:{secret}@127.0.0.1:{web}/cairn",
    ),
    "no TLS where it is asked for": database(
        "Postgres at 127.0.0.1:{refusing} offers no TLS, which DATABASE_URL asks for; have it "
        "switched on at the server, or take sslmode out of DATABASE_URL where the network is your "
        "own",
        "postgresql://cairn:{secret}@127.0.0.1:{refusing}/cairn?sslmode=require",
    ),
    "a certificate nobody vouches for": database(
        "The certificate of Postgres at 127.0.0.1:{offering} could not be verified (root "
        'certificate file "{folder}/ca.pem" does not exist); name the file of its issuer with '
        "sslrootcert, and the host that stands in it, in DATABASE_URL",
        "postgresql://cairn:{secret}@127.0.0.1:{offering}/cairn?sslmode=verify-full"
        "&sslrootcert={folder}/ca.pem",
    ),
    "a server that asks for TLS": database(
        "Postgres at 127.0.0.1:{bare} lets the role cairn into cairn with TLS alone; add "
        "?sslmode=require to DATABASE_URL, and have TLS switched on at the server",
        "postgresql://cairn:{secret}@127.0.0.1:{bare}/cairn",
    ),
    "a server that begins": database(
        "Postgres at 127.0.0.1:{beginning} is starting or stopping; wait until it is up",
        "postgresql://cairn:{secret}@127.0.0.1:{beginning}/cairn",
    ),
    "a pooler": database(
        "The pooler at 127.0.0.1:{pooling} does not pass settings on to Postgres; add options to "
        "its ignore_startup_parameters, or name Postgres itself in DATABASE_URL",
        "postgresql://cairn:{secret}@127.0.0.1:{pooling}/cairn",
    ),
    "a server of another language": database(
        "Postgres at 127.0.0.1:{refusing} refuses the connection (FATAL:  Passwort-"
        "Authentifizierung für Benutzer »cairn« mit *** fehlgeschlagen); correct role, password "
        "and name in DATABASE_URL, or ask who looks after the server",
        "postgresql://cairn:{secret}@127.0.0.1:{refusing}/cairn",
    ),
    "an option with a wrong value": database(
        "Postgres does not take an option of DATABASE_URL (connection is bad: invalid sslmode "
        'value: "perhaps"); correct what stands after the ? there',
        "postgresql://cairn:{secret}@db/cairn?sslmode=perhaps&hostaddr=127.0.0.1",
    ),
}
