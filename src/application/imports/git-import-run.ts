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
  /** Of policies that are not there yet. */
  readonly kind: PolicyKind;
  readonly texts: GitTexts;
  readonly tally: GitImportTally;
}
