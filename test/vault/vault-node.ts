import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';

/** One of several processes on the same vault: says what it was given for people and organisations. */
async function takePart(path: string, keysDirectory: string): Promise<void> {
  const vault = await openSqliteVault({ path, keys: keyEncryptionKeyFiles(keysDirectory, () => undefined) });
  const actors: string[] = [];
  const peppers: string[] = [];
  const subjects: string[] = [];
  let created = 0;
  for (let turn = 0; turn < 50; turn += 1) {
    actors.push(await vault.actorOf({ issuer: 'test', claim: `person ${turn}`, name: `Name ${turn}` }));
    const organisation = `00000000-0000-4000-8000-0000000000${String(turn).padStart(2, '0')}`;
    peppers.push(Buffer.from(await vault.pepperOf(organisation)).toString('hex'));
    const batch = await vault.subjectsOf(organisation, [`one ${turn}`, 'two', `one ${turn}`]);
    const known = [...batch, await vault.subjectOf(organisation, `three ${turn}`)];
    subjects.push(...known.map((subject) => subject.id));
    created += known.filter((subject) => subject.created).length;
  }
  process.stdout.write(JSON.stringify({ agreed: { id: vault.id, actors, peppers, subjects }, created }));
  await vault.close();
}

const [, path = '', keysDirectory = ''] = process.argv.slice(-3);
void takePart(path, keysDirectory);
