"""List the words of lists of people: heads, roles, titles and what stands for nobody."""

from collections.abc import Mapping

from bot.people.model import Role


def word_set(text: str) -> frozenset[str]:
    """Split words at commas."""
    return frozenset(text.split(","))


HEADS: Mapping[str, str] = {
    "slack_id": "slack id,slackid,slack user id,slack member id,slack userid,userid,user id,"
    "member id,memberid,slack,slack user,slack handle,slack nutzer id,slack profile,slack url",
    "name": "name,names,full name,fullname,real name,display name,person,member,participant,"
    "participant name,name surname,first and last name,name and surname,vor und nachname,"
    "vorname und nachname,vollstandiger name,nom et prenom,nom prenom,prenom et nom,nom complet,"
    "nombre,nombre completo,nombre y apellidos,nombre y apellido,nome,nome completo,"
    "nome e cognome,naam,volledige naam,navn,namn,imie i nazwisko",
    "first_name": "first name,firstname,given name,forename,vorname,prenom,prenoms,primer nombre,"
    "voornaam,fornavn,fornamn,imie,primeiro nome",
    "last_name": "nom,last name,lastname,surname,family name,nachname,familienname,nom de famille,"
    "apellido,apellidos,cognome,sobrenome,achternaam,etternavn,efternavn,efternamn,nazwisko",
    "email": "email,emails,e mail,mail,email address,e mail address,mail address,emailaddress,"
    "work email,university email,institutional email,hospital email,email adresse,e mail adresse,"
    "emailadresse,mailadresse,mail adresse,adresse e mail,adresse email,adresse mail,courriel,"
    "adresse electronique,correo,correo electronico,direccion de correo electronico,"
    "direccion de correo,email del encuestado,indirizzo email,indirizzo e mail,posta elettronica,"
    "endereco de e mail,endereco de email,e mailadres,emailadres,e post,epost,e postadress,"
    "adres e mail,username email,contact email,slack email",
    "role": "role,roles,mentoring role,role in mentoring,mentor or mentee,mentee or mentor,"
    "mentor mentee,mentee mentor,rolle,rollen,role mentorat,rol,roles mentoria,ruolo,funcao,"
    "papel,"
    "participant type,type participant,participant role,join as,joining as,taking part as,rola,"
    "roll",
    "capacity": "capacity,max mentees,maximum mentees,number mentees,mentees,no mentees,"
    "how many mentees,how many mentees can take,how many mentees can mentor,"
    "how many mentees could take,number mentees can take,maximum number mentees,"
    "max number mentees,number of mentees,seats,slots,kapazitat,anzahl mentees,max anzahl mentees,"
    "plaetze,platze,capacite,nombre de mentores,capacidad,capacita,capacidade,capaciteit",
    "stage": "stage,competency stage,level,competency level,stufe,kompetenzstufe,niveau,nivel,"
    "livello,milestone",
    "department": "department,dept,specialty,speciality,division,discipline,abteilung,fachbereich,"
    "fach,fachrichtung,departement,service,specialite,departamento,especialidad,reparto,"
    "dipartimento,specialita,especialidade,afdeling,specialisme",
    "site": "site,location,campus,hospital,work site,standort,ort,klinik,krankenhaus,lieu,"
    "hopital,sede,ubicacion,ospedale,local,locatie,ziekenhuis",
    "timezone": "timezone,time zone,time zones,tz,zeitzone,fuseau horaire,fuseau,zona horaria,"
    "huso horario,fuso orario,fuso horario,tijdzone,tidszon,tidssone,strefa czasowa",
    "interests": "interests,interest,areas interest,area interest,topics,topics interest,"
    "interests topics,mentoring interests,research interests,interessen,interesse,themen,interets,"
    "centres interet,centres d interet,intereses,areas de interes,interessi,interesses,"
    "areas de interesse,interesses tematicos",
    "languages": "languages,language,languages spoken,spoken languages,languages speak,sprachen,"
    "sprache,langues,langue,langues parlees,idiomas,idioma,lingue,lingua,linguas,talen,taal",
    "prefers": "prefers,preferred mentor,preferred mentors,preferred mentee,preferred mentees,"
    "preference,preferences,preferred match,preferred matches,wishes,wish,"
    "wunschmentor,wunschmentorin,wunsche,wunsch",
    "avoid": "avoid,avoids,avoid matching with,do not match,do not match with,don t match with,"
    "dont match with,not match with,not to match with,must not match with,never match with,"
    "must not be matched with,not be matched with,should not be matched with,not with,"
    "conflicts,conflict,conflicts interest,conflict interest,exclude,excluded,exclusions,"
    "nicht mit,nicht zusammen mit,nicht matchen mit,ausschluss,ausschlusse,eviter,ne pas associer,"
    "evitar,da evitare,vermeiden",
    "supervised_by": "supervised by,supervisor,supervisors,line manager,line managers,managed by,"
    "reports to,supervisor name,name supervisor,supervisor email,evaluated by,evaluator,evaluators,"
    "vorgesetzte,vorgesetzter,betreuer,betreuerin,superviseur,encadrant,supervise par,"
    "supervisado por,supervisore,supervisionado por,leidinggevende",
}
"""The heads of columns by the field that they hold, in small letters without accents and signs."""

PASSED_OVER = word_set(
    "timestamp,start time,completion time,last modified time,submission id,respondent id,"
    "response id,submitted at,submitted,date,date submitted,zeitstempel,startzeit,"
    "fertigstellungszeit,horodateur,heure debut,heure de debut,heure de fin,marca temporal,"
    "hora inicio,hora de inicio,hora de finalizacion,informazioni cronologiche,"
    "carimbo de data hora,tijdstempel,score,total points,quiz feedback,id,no,nr,number,row,"
    "username,billing active,has 2fa,has sso,displayname,expiration timestamp,title,phone"
)
"""Columns that forms and exports add by themselves, and nobody writes to be read here."""

SILENT = word_set(
    "your,the,in,a,an,of,to,is,are,my,you,i,please,enter,state,give,what,which,do,does,can,"
    "programme,program,mentoring programme,programm,im,dans,optional,required,s,we,"
    "have,would,be,been"
)
"""Words of a head that may be left out."""

ROLES: Mapping[Role, str] = {
    Role.MENTEE: "mentee,mentees,mentoree,protege,protegee,mentoré,mentorée,mentorado,mentorada,"
    "mentorizado,mentorizada,mentorato,mentorata",
    Role.MENTOR: "mentor,mentors,mentorin,mentora,mentorinnen,mentoren,tuteur mentor",
    Role.PEER_MENTOR: "peer mentor,peermentor,peer mentors,near peer mentor,nearpeer mentor,"
    "peer mentorin,peermentorin,student mentor",
    Role.COORDINATOR: "coordinator,coordinators,co ordinator,coordination,koordinator,"
    "koordinatorin,koordination,coordinateur,coordinatrice,coordinador,coordinadora,coordinatore,"
    "coordenador,coordenadora,coördinator,samordnare,koordynator",
}

QUALIFIES = word_set(
    "faculty,senior,clinical,academic,deputy,program,programme,mentoring,new,returning,year,"
    "first,second,third,fourth,fifth,final,1st,2nd,3rd,4th,5th,student,resident,my,i,am,a,"
    "the,as,ich,bin,als,je,suis"
)
"""Words beside a role that do not change it."""

NOBODY = word_set(
    "none,no one,noone,nobody,n/a,n.a.,nil,keine,keiner,niemand,aucun,aucune,personne,"
    "ninguno,ninguna,nadie,nessuno,nenhum,geen"
)

TITLES = word_set(
    "dr,drs,prof,professor,professorin,mr,mrs,ms,mx,miss,sir,dame,med,phd,md,mbbs,frcp,herr,"
    "frau,m,mme,mlle,sr,sra,dott,dottssa,dra,dipl,msc,bsc,pd,priv,doz"
)
