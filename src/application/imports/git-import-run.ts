import type { Organisation } from '../../domain/organisation/organisation.decider';
import type { PolicyKind } from '../../domain/policy/policy.events';
import type { Application, RequestContext } from '../application';
import type { GitImportTally } from './git-import-report';
import type { GitTexts } from './git-texts';

/** What the imports of all paths of one repository have in common. */
export interface GitImportRun {
  readonly app: Application;
  readonly request: RequestContext;
  readonly organisation: Organisation;
  /** Where one is named, policies that are there already have to be of it. */
  readonly kind: PolicyKind | undefined;
  readonly texts: GitTexts;
  readonly tally: GitImportTally;
}
