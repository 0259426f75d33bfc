import type { PolicyCommand } from '../../domain/policy/policy.commands';
import type { Refusal } from '../../domain/refusal';

/** Versions handled, removals and what is passed over included. */
export interface GitImportProgress {
  readonly done: number;
  readonly total: number;
}

/** Why versions of a path are not recorded: none of them can be kept as a text, or not yet, or not any more. */
export type PassedOverReason =
  | 'BINARY'
  | 'TOO_LARGE'
  | 'SYMLINK'
  | 'SUBMODULE'
  | 'PATH_NOT_UTF8'
  /** Dated later than now (rule V7); a later import records it. */
  | 'IN_FUTURE'
  /** Dated at or after the policy's first own publication (rule V7). */
  | 'AFTER_OWN_PUBLICATION'
  /** Its import was revoked by hand. */
  | 'REVOKED';

export interface PassedOver {
  readonly path: string;
  readonly reason: PassedOverReason;
  /** How many versions of the path. */
  readonly versions: number;
}

export interface GitImportReport {
  /** The commit that was read. */
  readonly head: string;
  /** Policies that the paths read have, whether made now or before. */
  readonly policies: number;
  /** Versions recorded, those recorded anew included. */
  readonly imported: number;
  /** Removals recorded. */
  readonly retired: number;
  /** Versions and removals taken out to be recorded anew with another date or place. */
  readonly revoked: number;
  /** Versions and removals that had been recorded before. */
  readonly known: number;
  /** Versions recorded whose text claims consent by use. */
  readonly flagged: number;
  /** By path, then by reason. */
  readonly passedOver: readonly PassedOver[];
  /** Paths that a rule kept from being imported, or from being imported whole. By path. */
  readonly refused: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

/** Counts while an import goes on. */
export interface GitImportTally {
  /** One more path has a policy. */
  policy(): void;
  known(versions: number): void;
  recorded(command: PolicyCommand): void;
  passedOver(path: string, reason: PassedOverReason): void;
  refused(path: string, refusal: Refusal): void;
  /** So many more versions need no further work; those that git explains away are counted when all is done. */
  advance(versions: number): void;
  report(head: string): GitImportReport;
}

export function openTally(total: number, onProgress: (progress: GitImportProgress) => void): GitImportTally {
  const counts = { policies: 0, imported: 0, retired: 0, revoked: 0, known: 0, flagged: 0 };
  const passedOver = new Map<string, PassedOver>();
  const refused: { readonly path: string; readonly code: string; readonly message: string }[] = [];
  let done = 0;
  onProgress({ done, total });

  function recorded(command: PolicyCommand): void {
    if (command.type === 'RevokeImport') counts.revoked += 1;
    if (command.type === 'ImportRetirement') counts.retired += 1;
    if (command.type !== 'ImportPolicyVersion') return;
    counts.imported += 1;
    if (command.flags.length > 0) counts.flagged += 1;
  }

  return {
    policy: () => {
      counts.policies += 1;
    },
    known: (versions) => {
      counts.known += versions;
    },
    recorded,
    passedOver: (path, reason) => {
      const key = `${path}\0${reason}`;
      passedOver.set(key, { path, reason, versions: (passedOver.get(key)?.versions ?? 0) + 1 });
    },
    refused: (path, { code, message }) => {
      refused.push({ path, code, message });
    },
    advance: (versions) => {
      done = Math.min(total, done + versions);
      if (versions > 0) onProgress({ done, total });
    },
    report: (head) => ({
      head,
      ...counts,
      passedOver: [...passedOver].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry),
      refused: refused.sort((a, b) => (a.path < b.path ? -1 : 1)),
    }),
  };
}
