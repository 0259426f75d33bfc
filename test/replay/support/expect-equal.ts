import type { TestApi } from '../../support/api-harness';
import { type AsOf, countsOverApi, officerOf, personOverApi, policiesOverApi, type Rows } from './api-answers';
import { type Replayer, unordered } from './replay-file';

/** Compares every view of the file made last with the API; `asOf` says the same as the file's stamp. */
export async function expectEqual(api: TestApi, replay: Replayer, slugs: readonly string[], asOf: AsOf): Promise<void> {
  const as = officerOf(...slugs);
  const personal = replay.rows('stamp')[0]?.personal_values === 1;
  const leftOut = (row: Rows[number]) => {
    const names = ['published_by', 'external_id'].filter((name) => name in row && !personal);
    return { ...row, ...Object.fromEntries(names.map((name) => [name, null])) };
  };
  const like = (view: string, answered: Rows, where?: string) => {
    const [example] = answered;
    // What the API leaves unnamed is left out of the comparison; an empty answer is an empty view.
    expect([view, unordered(replay.rows(view, example, where))]).toEqual([view, unordered(answered.map(leftOut))]);
  };
  const policies = await policiesOverApi(api, as, asOf);
  const known = new Set(replay.rows('policies').map(({ policy_id }) => policy_id));
  const listed = 'version_id IN (SELECT version_id FROM versions WHERE listed = 1)';
  for (const [view, answered] of Object.entries(policies)) {
    const ofKnown = answered.filter(({ policy_id }) => known.has(policy_id));
    like(view, ofKnown, view === 'policies' ? undefined : listed);
  }
  const counts: Rows[] = [];
  for (const id of known) counts.push(await countsOverApi(api, as, String(id), asOf));
  like('counts', counts.flat());
  for (const { subject_id } of replay.rows('people')) {
    const answers = await personOverApi(api, as, String(subject_id), asOf);
    for (const [view, answered] of Object.entries(answers)) like(view, answered, `subject_id = '${subject_id}'`);
  }
}
