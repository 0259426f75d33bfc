import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BundleRejected } from '../../src/evidence/verify/bundle-rejected';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { parseVerifierKey } from '../../src/ledger/checkpoint-note';
import { eventsIn, type Forgery, linesIn } from '../support/bundle-forgery';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, tellStory } from '../support/bundle-story';
import { forgedEvent, forgedWithdrawal } from '../support/forged-events';
import { forgedAnswers, forgedFiles, forgedLeaves, forgedStreams } from '../support/forged-files';
import { readZip, writeZip, type ZipFiles } from '../support/zip-files';

/** As many as the issue asks for, at least. */
const FEWEST = 100;

describe('a bundle that somebody tampered with', () => {
  let office: BundleOffice;
  let story: BundleStory;
  let sound: ZipFiles;
  let other: ZipFiles;
  let path: string;
  beforeAll(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
    path = await office.bundle({ subjectId: story.kari }, { personalValues: true });
    sound = await readZip(path);
    other = await readZip(await office.bundle({ subjectId: story.kari }, { effectiveAt: story.whileGiven }));
  });
  afterAll(() => office.close());

  const keys = () => linesIn(sound, 'keys.txt').map(parseVerifierKey);

  /** What is said of a forgery; "sound" where nothing was found. */
  async function saidOf(forge: Forgery['forge'], withKey = false) {
    const files = new Map(sound);
    forge(files);
    const forged = await writeZip(join(office.directory, 'forged.zip'), files);
    try {
      await verifyBundle(forged, withKey ? { keys: keys() } : {});
      return { code: 'sound', culprit: {} };
    } catch (error) {
      if (!(error instanceof BundleRejected)) throw error;
      return { code: error.code, culprit: error.culprit };
    }
  }

  it('is found in every way that it can be done, and each names its culprit', async () => {
    const forgeries = allForgeries(sound, other, story);
    expect(forgeries.length).toBeGreaterThanOrEqual(FEWEST);
    const missed: unknown[] = [];
    for (const { name, forge, code, culprit, needsKey = false } of forgeries) {
      const said = await saidOf(forge, needsKey);
      const named = Object.entries(culprit).every(([part, value]) =>
        Object.entries(said.culprit).some(([a, b]) => a === part && b === value),
      );
      if (said.code !== code || !named) missed.push({ name, expected: { code, culprit }, said });
    }
    expect(missed).toEqual([]);
  }, 120_000);

  it('is sound again when nothing was changed, also packed by another tool', async () => {
    expect(await saidOf(() => undefined)).toMatchObject({ code: 'sound' });
    expect(await saidOf(() => undefined, true)).toMatchObject({ code: 'sound' });
  });

  it('cut off anywhere is no bundle', async () => {
    const whole = readFileSync(path);
    for (const share of [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      const cut = join(office.directory, 'cut.zip');
      writeFileSync(cut, whole.subarray(0, Math.floor(whole.length * share)));
      await expect(verifyBundle(cut)).rejects.toMatchObject({ code: 'BUNDLE_UNREADABLE', culprit: { file: cut } });
    }
  });
});

function allForgeries(sound: ZipFiles, other: ZipFiles, story: BundleStory): readonly Forgery[] {
  const events = eventsIn(sound);
  const withdrawal = events.findIndex(({ type }) => type === 'ConsentWithdrawn');
  const order = events.length - 1;
  return [
    ...events.flatMap((_, place) => forgedEvent(sound, place)),
    ...forgedWithdrawal(sound, withdrawal),
    ...forgedAnswers(other, order, events.length),
    ...forgedFiles(sound, other),
    ...forgedStreams(sound, story),
    ...forgedLeaves(sound),
  ];
}
