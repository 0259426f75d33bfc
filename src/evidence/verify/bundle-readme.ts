import { hash } from 'node:crypto';

/** What a bundle says to an outsider; the same in every bundle of this form. */

export const README_EN = `# What this is, and how to check it without us

This archive proves an answer of Samtykke: which text of a policy was in force at an instant, or where one person stood
(consents, notices, acceptances, what was still to do). It rests on nothing but the files in it and on the public key of
the log. Get that key, or a checkpoint of the log, from somewhere else than here, and compare: keys in an archive show
only that whoever made it holds one.

| file | what it is |
|---|---|
| answer.json | the answer and its stamp: effectiveAt (what was true), recordedAt and events (what was known) |
| events.txt | the events it follows from, exactly as they were hashed: eight lines each |
| proofs.jsonl | line k belongs to event k: its leaf, counted from 0, and its inclusion proof (RFC 6962 2.1.1, base64) |
| leaves.bin | every leaf of the log up to the checkpoint, 64 bytes each |
| streams.json | the opened streams with their tags |
| checkpoint.note | size and root of the tree, signed (C2SP tlog-checkpoint, Ed25519) |
| keys.txt, key-1.pem | the keys that signed, for tools of signed notes and for OpenSSL |
| key-changes.jsonl | if there: how an older key handed over to the one that signed |
| texts/, statements/ | the texts byte for byte, named by their SHA-256, and the processing statements |
| checkpoint.tsr | if there: a time stamp of checkpoint.note (RFC 3161) |
| personal-values.json | if there: sealed fields, each with a key of its own |
| manifest.json | size and SHA-256 of every other file |

With our tool: \`samtykke verify FILE --key KEYFILE\`. Without it:

## 1. The signature
\`\`\`sh
head -n 3 checkpoint.note > signed.txt
sed -n 5p checkpoint.note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature.bin
openssl pkeyutl -verify -pubin -inkey key-1.pem -rawin -in signed.txt -sigfile signature.bin
\`\`\`
Line 1 of signed.txt names the log, line 2 is the number of leaves, line 3 the root hash in base64. Where a key was being
changed line 6 is the signature of key-2.pem. A time stamp: \`openssl ts -verify -data checkpoint.note -in checkpoint.tsr
-CAfile AUTHORITY.pem\`.

If you have an older key of the log: line k of key-changes.jsonl says in "note" which key signed after the one in "from",
and from which checkpoint on; the older key signed that. Follow the lines from your key to one in keys.txt (OLDER.pem):
\`\`\`sh
printf %b "$(sed -n 1p key-changes.jsonl | grep -o '"note":"[^"]*' | cut -c 9-)" > change.note
head -n 4 change.note > change.txt
sed -n 6p change.note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > change.bin
openssl pkeyutl -verify -pubin -inkey OLDER.pem -rawin -in change.txt -sigfile change.bin
\`\`\`
Its lines 2 and 3 are size and root of the log at that time: section 2 must come to them from the first so many leaves.

## 2. The tree
leaves.bin is cut into 64 bytes each; that is what stands in a leaf: 32 bytes tag of the stream, 32 bytes SHA-256 of the
event. Hash of a leaf: SHA-256 of a byte 0x00 and those 64. Hash of a node: SHA-256 of a byte 0x01 and both children.
A tree of n leaves has on its left the largest power of two below n (RFC 6962 2.1, RFC 9162 2.1). Any tool for these
RFCs, given the leaves in their order, has to come to the root in checkpoint.note.

## 3. The events
Event k (from 0) is lines 8k+1 to 8k+8 of events.txt, line feeds included: form, id, type, stream, place in the stream,
time of recording, metadata, data. Its SHA-256 is the second half of its leaf:
\`\`\`sh
sed -n '1,8p' events.txt | sha256sum
tail -c +$((64 * LEAF + 33)) leaves.bin | head -c 32 | od -An -tx1
\`\`\`
LEAF stands in line k+1 of proofs.jsonl. The first half is the tag, \`streamTag\` in the metadata.

## 4. That nothing was left out
All leaves that bear a stream's tag and stand before leaf number stamp.events of answer.json must be in proofs.jsonl;
those of the stream that begins with "evidence-" without that bound. It holds the order of this bundle, recorded in the
log after everything the answer knows: it binds effectiveAt, events and recordedAt. Tags can be computed:
\`\`\`sh
printf %s STREAM | openssl dgst -sha256 -hmac LOG -binary | basenc --base64url
\`\`\`
LOG is the name of the log after "samtykke/". Of a stream that begins with "subject-" the key is the salt in
streams.json (base64url) instead; once a person is erased it is gone for ever, and the events of the stream tell its tag.
The order names in "streams" the policies that may concern a person and the anonymous persons that belong to an account;
SubjectLinkReceived and the policyId of each fact name them, too: those streams must be here.

Above a million leaves stream-map.jsonl stands in place of leaves.bin. Each line says of a tag how many leaves bear it
(count) and which is the last; stream-map.note signs the root of the map, a Merkle tree of the same kind, whose leaves are
tag, count and last (32, 8 and 8 bytes, greatest first). The opened events and later-leaves.jsonl together must be count
leaves, the greatest of them last.

## 5. The texts and the answer
\`sha256sum texts/*\` gives the names of the files; the events name the same hashes as sha256 and contentSha256. The answer
follows from the events by the rules of the version that its stamp names; \`samtykke verify\` computes it anew. By hand: the
version in force is the published one, not withdrawn, with the latest effectiveFrom not after effectiveAt; a consent is
the last ConsentGiven, ConsentRefused or ConsentWithdrawn of the purpose with validFrom not after effectiveAt, as long as
the text in force asks for nothing new (roots).

## Personal values
Data of events hold personal values only sealed. personal-values.json, where it was asked for, has a key for each. Sealed:
base64url of a byte 0x01, 12 bytes nonce, 16 bytes tag and the ciphertext of AES-256-GCM; authenticated with it is the
JSON list of stream, event id, event type and field name, without spaces. sealedReason in facts of a policy is what the
organisation wrote for itself; no bundle opens it, and no answer rests on it.
`;

export const README_NB = `# Hva dette er, og hvordan du kontrollerer det uten oss

Arkivet beviser et svar fra Samtykke: hvilken tekst av en erklæring som gjaldt på et tidspunkt, eller hvor én person sto
(samtykker, varsler, aksepter, hva som gjensto). Det bygger bare på filene her og på loggens offentlige nøkkel. Skaff
nøkkelen, eller et sjekkpunkt av loggen, fra et annet sted enn her, og sammenlign: nøkler i et arkiv viser bare at den som
laget det, har en.

| fil | hva det er |
|---|---|
| answer.json | svaret og stempelet: effectiveAt (hva som gjaldt), recordedAt og events (hva som var kjent) |
| events.txt | hendelsene svaret følger av, nøyaktig slik de ble hashet: åtte linjer hver |
| proofs.jsonl | linje k hører til hendelse k: bladet, talt fra 0, og beviset for at det er med (RFC 6962 2.1.1, base64) |
| leaves.bin | alle blad i loggen til og med sjekkpunktet, 64 byte hver |
| streams.json | strømmene som er åpnet, med merkene deres |
| checkpoint.note | treets størrelse og rot, signert (C2SP tlog-checkpoint, Ed25519) |
| keys.txt, key-1.pem | nøklene som signerte, for verktøy for signerte notater og for OpenSSL |
| key-changes.jsonl | om den finnes: hvordan en eldre nøkkel ga videre til den som signerte |
| texts/, statements/ | tekstene byte for byte, med SHA-256 som navn, og erklæringene om behandlingen |
| checkpoint.tsr | om den finnes: tidsstempel for checkpoint.note (RFC 3161) |
| personal-values.json | om den finnes: forseglede felt, hvert med sin egen nøkkel |
| manifest.json | størrelse og SHA-256 for alle andre filer |

Med vårt verktøy: \`samtykke verify FIL --key NØKKELFIL\`. Uten det:

## 1. Signaturen
\`\`\`sh
head -n 3 checkpoint.note > signed.txt
sed -n 5p checkpoint.note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature.bin
openssl pkeyutl -verify -pubin -inkey key-1.pem -rawin -in signed.txt -sigfile signature.bin
\`\`\`
Linje 1 i signed.txt er loggens navn, linje 2 antall blad, linje 3 roten i base64. Der nøkkelen ble byttet, er linje 6
signaturen til key-2.pem. Tidsstempel: \`openssl ts -verify -data checkpoint.note -in checkpoint.tsr -CAfile UTSTEDER.pem\`.

Har du en eldre nøkkel for loggen: linje k i key-changes.jsonl sier i "note" hvilken nøkkel som signerte etter den i
"from", og fra hvilket sjekkpunkt; det signerte den eldre nøkkelen. Følg linjene fra din nøkkel til en i keys.txt
(ELDRE.pem):
\`\`\`sh
printf %b "$(sed -n 1p key-changes.jsonl | grep -o '"note":"[^"]*' | cut -c 9-)" > change.note
head -n 4 change.note > change.txt
sed -n 6p change.note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > change.bin
openssl pkeyutl -verify -pubin -inkey ELDRE.pem -rawin -in change.txt -sigfile change.bin
\`\`\`
Linje 2 og 3 er loggens størrelse og rot den gang: del 2 må komme til dem av de første så mange bladene.

## 2. Treet
leaves.bin deles i 64 byte; det er det som står i et blad: 32 byte merke for strømmen, 32 byte SHA-256 av hendelsen. Hash
av et blad: SHA-256 av byten 0x00 og de 64. Hash av en node: SHA-256 av byten 0x01 og begge barna. Et tre med n blad har
til venstre den største toerpotensen under n (RFC 6962 2.1, RFC 9162 2.1). Ethvert verktøy for disse må av bladene i
rekkefølge komme til roten i checkpoint.note.

## 3. Hendelsene
Hendelse k (fra 0) er linjene 8k+1 til 8k+8 i events.txt, med linjeskift: form, id, type, strøm, plass i strømmen, tid for
registrering, metadata, data. Dens SHA-256 er andre halvdel av bladet:
\`\`\`sh
sed -n '1,8p' events.txt | sha256sum
tail -c +$((64 * BLAD + 33)) leaves.bin | head -c 32 | od -An -tx1
\`\`\`
BLAD står i linje k+1 i proofs.jsonl. Første halvdel er merket, \`streamTag\` i metadata.

## 4. At ingenting er utelatt
Alle blad som bærer merket til en strøm og står før blad nummer stamp.events i answer.json, må stå i proofs.jsonl; for
strømmen som begynner med "evidence-", uten den grensen. Den inneholder bestillingen av dette arkivet, ført i loggen etter
alt svaret kjenner: den binder effectiveAt, events og recordedAt. Merkene kan regnes ut:
\`\`\`sh
printf %s STRØM | openssl dgst -sha256 -hmac LOGG -binary | basenc --base64url
\`\`\`
LOGG er loggens navn etter "samtykke/". For en strøm som begynner med "subject-", er nøkkelen i stedet saltet i
streams.json (base64url); når en person er slettet, er det borte for alltid, og strømmens egne hendelser sier merket. Bestillingen
nevner i "streams" erklæringene som kan angå en person, og de anonyme personene som hører til en konto; SubjectLinkReceived
og policyId i hver hendelse nevner dem også: de strømmene må være her.

Over en million blad står stream-map.jsonl i stedet for leaves.bin. Hver linje sier om et merke hvor mange blad som bærer
det (count) og hvilket som er det siste (last); stream-map.note signerer roten av kartet, et Merkle-tre av samme slag, der
bladene er merke, count og last (32, 8 og 8 byte, de største først). De åpnede hendelsene og later-leaves.jsonl må til
sammen være count blad, og det siste av dem last.

## 5. Tekstene og svaret
\`sha256sum texts/*\` gir filnavnene; hendelsene nevner de samme hashene som sha256 og contentSha256. Svaret følger av
hendelsene etter reglene i den versjonen som stempelet nevner; \`samtykke verify\` regner det ut på nytt. For hånd: den
versjonen gjelder som er publisert, ikke trukket tilbake, og har den seneste effectiveFrom som ikke er etter effectiveAt;
et samtykke er den siste ConsentGiven, ConsentRefused eller ConsentWithdrawn for formålet med validFrom ikke etter
effectiveAt, så lenge teksten som gjelder, ikke ber om noe nytt (roots).

## Personlige verdier
Hendelsene har personlige verdier bare i forseglet form. personal-values.json, der den ble bedt om, har en nøkkel for
hver. Forseglet: base64url av byten 0x01, 12 byte nonce, 16 byte merke og chifferteksten fra AES-256-GCM; sammen med den
er JSON-listen av strøm, hendelsens id, type og feltets navn autentisert, uten mellomrom. sealedReason i hendelser om en
erklæring er det virksomheten skrev til seg selv; ikke noe arkiv åpner det, og ikke noe svar bygger på det.
`;

/** Tells the README of one release from that of another: SHA-256 of the English and then the Norwegian, in hex. */
export const README_ID = readmeId(README_EN, README_NB);

export function readmeId(english: string, norwegian: string): string {
  return hash('sha256', english + norwegian);
}
