import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventRecord, textsOf } from '../../src/ledger/leaf';
import { exportLedgerKeys } from '../../src/ledger/ledger-keys';
import { createProofs } from '../../src/ledger/proofs';
import { httpTimestampAuthority } from '../../src/ledger/timestamp-authority';
import { collect } from '../support/event-store-samples';
import { hasOpenSsl, startOpenSslAuthority } from '../support/openssl-authority';
import { emptyDirectories } from '../support/sqlite-log-files';
import { factsOf, LEAF_PREFIXES, uuidOf } from './support/log-with-tree';
import { openTestLedger } from './support/test-ledger';

const STREAM = `policy-${uuidOf('policy')}`;
const INDEX = 41;

/** The programs that docs/ledger.md gives to an outsider, in their order. */
function programs(): readonly { readonly language: string; readonly text: string }[] {
  const page = readFileSync(join(__dirname, '../../docs/ledger.md'), 'utf8');
  return [...page.matchAll(/^```(sh|python)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

function canRun(): boolean {
  const tools = ['python3', 'sed', 'base64'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (tools.length > 0) console.warn(`Not run: what docs/ledger.md needs is not there: ${tools.join(', ')}.`);
  return hasOpenSsl() && tools.length === 0;
}

describe('docs/ledger.md', () => {
  const emptyDirectory = emptyDirectories();

  (canRun() ? test : test.skip)(
    'leads an outsider from an event to the signed root, and shows every forgery',
    async () => {
      const authority = await startOpenSslAuthority();
      const node = await openTestLedger(emptyDirectory(), {}, httpTimestampAuthority(authority.url));
      await node.store.append(STREAM, factsOf(STREAM, 0, 300), 0);
      const [event] = await collect(node.store.readAll({ prefixes: LEAF_PREFIXES, limit: INDEX + 1 })).then((all) =>
        all.slice(-1),
      );
      if (event === undefined) throw new Error('There is no such event.');
      const proof = await createProofs(node.ledger, (position) => position).inclusion(event.position);
      if (proof === undefined) throw new Error('It was not proven.');
      const stamp = await node.ledger.obtainTimestamp(300);
      const here = emptyDirectory();
      const file = (name: string, content: string | Uint8Array) => writeFileSync(join(here, name), content);
      file('proof.json', JSON.stringify(proof));
      file('ledger.pem', exportLedgerKeys(node.keys).at(-1)?.pem ?? '');
      file('event.record', eventRecord(textsOf(event)));
      file('checkpoint.tsr', stamp?.response ?? '');
      file('authority.pem', authority.certificate);
      await node.close();
      await authority.close();

      const run = (program: { readonly language: string; readonly text: string } | undefined) => {
        const [command, flag] = program?.language === 'sh' ? ['sh', '-ec'] : ['python3', '-c'];
        const { status, stdout } = spawnSync(command, [flag, program?.text ?? ''], { cwd: here, encoding: 'utf8' });
        return { status, stdout: stdout.trim() };
      };
      const [signature, inclusion, leaf, stamped, ...others] = programs();
      expect(others).toEqual([]);
      expect(run(signature)).toEqual({ status: 0, stdout: 'Signature Verified Successfully' });
      expect(run(inclusion)).toEqual({ status: 0, stdout: 'proven' });
      expect(run(leaf)).toEqual({ status: 0, stdout: proof.leafHash });
      expect(run(stamped)).toMatchObject({ status: 0 });

      const bent = (change: Partial<typeof proof>) => file('proof.json', JSON.stringify({ ...proof, ...change }));
      bent({ index: String(INDEX + 1) });
      expect(run(inclusion).status).not.toBe(0);
      bent({ hashes: proof.hashes.slice(1) });
      expect(run(inclusion).status).not.toBe(0);
      bent({
        checkpoint: { ...proof.checkpoint, note: proof.checkpoint.note.replace('\n300\n', '\n301\n') },
      });
      expect(run(signature).status).not.toBe(0);
      expect(run(stamped).status).not.toBe(0);
      file('event.record', eventRecord(textsOf({ ...event, version: 1 })));
      expect(run(leaf).stdout).not.toBe(proof.leafHash);
    },
    60_000,
  );
});
