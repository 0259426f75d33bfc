import { MAX_LABEL_LENGTH, MAX_TEXT_BYTES } from '../../domain/limits';
import type { PolicyKind } from '../../domain/policy/policy.events';
import { Refusal } from '../../domain/refusal';

/** Why nothing was imported from a repository or a file. The message may name a path, never its content. */

const ofRepository = (code: string, message: string) => new Refusal(code, message, 'V8', { path: ['repository'] });

export const gitUnavailable = () =>
  ofRepository('GIT_UNAVAILABLE', 'The program git was not found. It is needed to read a repository.');

/** Also for a folder inside a repository: paths are told from the repository's top. */
export const notARepository = () =>
  ofRepository('NOT_A_REPOSITORY', 'This is not the top folder of a git work tree, nor a bare repository.');

export const repositoryEmpty = () =>
  ofRepository('REPOSITORY_EMPTY', 'HEAD names a branch without commits. Check out the branch that has the history.');

/** V8: dates and versions follow from the whole history. */
export const repositoryShallow = () =>
  ofRepository('REPOSITORY_SHALLOW', 'The clone is shallow: its history is cut. Fetch the rest with --unshallow.');

/** A partial clone lacks objects, and nothing is fetched during an import. */
export const repositoryIncomplete = () =>
  ofRepository('REPOSITORY_INCOMPLETE', 'The repository lacks objects of its own history. Make a full clone.');

export const repositoryTooLarge = (what: 'versions' | 'files', limit: number) =>
  ofRepository('REPOSITORY_TOO_LARGE', `The history has more than ${limit} ${what}. Name a part of it by a glob.`);

/** V8: what was recorded is identified by commits; those of another history, or of an older HEAD, do not fit. */
export const historyDiverged = (path: string) =>
  new Refusal('HISTORY_DIVERGED', `${path} has versions recorded from commits that this history does not hold.`, 'V8', {
    path: ['repository'],
  });

/** What a policy is never changes. Whoever names no kind takes the policy's. */
export const kindDiffers = (kind: PolicyKind) =>
  new Refusal(
    'KIND_DIFFERS',
    `The policy is there already, of the kind ${kind}. Name that kind, or none.`,
    'words: policy',
    {
      path: ['kind'],
    },
  );

export const globInvalid = () =>
  new Refusal('GLOB_INVALID', 'This glob cannot be read: it is empty, too long, or has too many alternatives.', 'V8', {
    path: ['include'],
  });

const ofFile = (code: string, rule: string, message: string) => new Refusal(code, message, rule, { path: ['file'] });

export const fileEmpty = (name: string) => ofFile('FILE_EMPTY', 'X1', `${name} is empty.`);

export const fileBinary = (name: string) => ofFile('FILE_BINARY', 'X1', `${name} is not a text: it holds NUL bytes.`);

export const fileTooLarge = (name: string) =>
  ofFile('TEXT_TOO_LARGE', 'X2', `${name} has more than ${MAX_TEXT_BYTES} bytes.`);

export const dateNotFound = (name: string) =>
  ofFile('DATE_NOT_FOUND', 'V7', `${name} tells no date, and none was given: say from when it took effect.`);

export const labelInvalid = () =>
  new Refusal('LABEL_INVALID', `A label has from 1 to ${MAX_LABEL_LENGTH} characters on one line.`, 'words: version', {
    path: ['label'],
  });

export const localeInvalid = (locale: string) =>
  new Refusal('LOCALE_INVALID', `${locale.slice(0, 40)} is no language tag of BCP 47.`, 'P6', { path: ['locale'] });
