import { v5 as uuidv5 } from 'uuid';

/** Names of streams and the ids in them. An id that follows from a slug makes the slug unique: its stream exists once. */

const LOG_STREAM = 'log-5a6d7479-6b6b-5e4c-8067-6c6f67303031';
const ORGANISATIONS = '0f5c2a52-6f0e-5d0c-9a3e-5a6d74796b6b';

/** The one stream that begins every log. */
export const logStream = () => LOG_STREAM;
export const organisationStream = (organisationId: string) => `organisation-${organisationId}`;
export const policyStream = (policyId: string) => `policy-${policyId}`;
export const subjectStream = (subjectId: string) => `subject-${subjectId}`;
/** One import of old decisions; it holds when that was complete. */
export const importStream = (importId: string) => `import-${importId}`;
/** One file that somebody had prepared. */
export const evidenceStream = (evidenceId: string) => `evidence-${evidenceId}`;
export const templateStream = (templateId: string) => `template-${templateId}`;

/** A text is kept once in an organisation and never shared between two (rule X2). */
export const textStream = (organisationId: string, sha256: string) => `text-${uuidv5(sha256, organisationId)}`;

export const organisationIdOf = (logId: string, slug: string) => uuidv5(`${logId}/${slug}`, ORGANISATIONS);
export const policyIdOf = (organisationId: string, slug: string) => uuidv5(`policy/${slug}`, organisationId);
export const templateIdOf = (organisationId: string, slug: string) => uuidv5(`template/${slug}`, organisationId);

/** The id of the thing that a command makes: the same when the command comes again (rule I1). */
export const madeBy = (commandId: string, what: 'version' | 'retirement' | 'subject' | 'evidence') =>
  uuidv5(what, commandId);
