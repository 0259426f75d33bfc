import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestContext } from '../../src/application/application';
import type { GitImportReport } from '../../src/application/imports/git-import-report';
import { type GitImport, importGit } from '../../src/application/imports/import-git';
import { slugsOfPaths } from '../../src/application/imports/path-policies';
import { registerOrganisation } from '../../src/application/organisations';
import { policyOf } from '../../src/application/policies';
import { policyIdOf } from '../../src/application/stream-names';
import { readTextBytes } from '../../src/application/texts';
import type { Policy } from '../../src/domain/policy/policy.state';
import { versionInForce } from '../../src/domain/policy/version-in-force';
import { instantAt, parseInstant } from '../../src/domain/time';
import type { EventStore } from '../../src/event-store/event-store';
import { openTestApplication, type TestApplication } from './application-harness';

/** An organisation that imports. */
export interface ImportTest extends TestApplication {
  readonly importer: RequestContext;
  readonly organisationId: string;
  importFrom(repository: string, more?: Partial<GitImport>): Promise<GitImportReport>;
  policyOfPath(path: string): Promise<Policy>;
  /** The bytes in force at an instant; undefined while there are none. */
  textAt(policy: Policy, epochMs: number): Promise<Uint8Array | undefined>;
  /** Events in the log so far. */
  events(): Promise<number>;
}

export async function openImportTest(store?: EventStore, slug = 'nordlys'): Promise<ImportTest> {
  const test = await openTestApplication(store);
  test.clock.now = parseInstant('2026-06-15T10:00:00.000Z');
  const { app } = test;
  const importer = await test.request('importer');
  const registration = {
    slug,
    name: 'Nordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: true,
  };
  const { id: organisationId } = await registerOrganisation(app, { ...importer, idempotencyKey: slug }, registration);
  return {
    ...test,
    importer,
    organisationId,
    importFrom: (repository, more = {}) => importGit(app, importer, { repository, organisationId, ...more }),
    policyOfPath: async (path) => {
      const slugOfPath = await slugsOfPaths(app, organisationId, [path]);
      return policyOf(app, policyIdOf(organisationId, slugOfPath(path)));
    },
    textAt: async (policy, epochMs) => {
      const inForce = versionInForce(policy, instantAt(epochMs));
      const content = inForce.code === 'VERSION_IN_FORCE' ? inForce.version.contents[0] : undefined;
      return content && readTextBytes(app, organisationId, content.sha256);
    },
    events: async () => {
      let events = 0;
      for await (const _ of app.store.readAll()) events += 1;
      return events;
    },
  };
}

/** Directories that are gone after the tests of a file; their names would trip what mishandles them. */
export function temporaryDirectories(): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  });
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'samtykke prøve æøå-'));
    made.push(directory);
    return directory;
  };
}
