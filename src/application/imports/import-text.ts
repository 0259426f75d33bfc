import { v5 as uuidv5 } from 'uuid';
import { MAX_LABEL_LENGTH, MAX_TEXT_BYTES } from '../../domain/limits';
import { isOneLine } from '../../domain/one-line';
import type { Organisation } from '../../domain/organisation/organisation.decider';
import { startOfDay } from '../../domain/policy/effective-dates';
import { findImpliedConsentClauses } from '../../domain/policy/implied-consent';
import type { PolicyCommand } from '../../domain/policy/policy.commands';
import type { ContentRef, PolicyKind, TextFlag } from '../../domain/policy/policy.events';
import { importAfterOwnPublication, importNotInPast } from '../../domain/policy/policy.refusals';
import type { PolicyState, VersionEntry } from '../../domain/policy/policy.state';
import { findVersion } from '../../domain/policy/version-in-force';
import { assertSlug } from '../../domain/slug';
import { type Instant, type LocalDate, parseLocalDate } from '../../domain/time';
import { policies } from '../aggregate';
import type { Application, RequestContext } from '../application';
import { type Fold, handleCommands, loadFold, type Step } from '../handle-command';
import { organisationOf } from '../organisations';
import { madeBy, policyIdOf, policyStream } from '../stream-names';
import { decodeText, storeText } from '../texts';
import { dateNotFound, fileBinary, fileEmpty, fileTooLarge, labelInvalid, localeInvalid } from './import-refusals';
import { assertKind } from './policy-kind';
import { formatOf, slugOf, titleOf } from './policy-names';
import { byteOrder, charsetOf, looksBinary } from './text-encoding';
import { findTextFacts } from './text-facts';

export interface TextImport {
  readonly organisationId: string;
  /** Name of the file, without folders: the slug, the title and the format follow from it where nothing else says. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Instead of what the text says. */
  readonly effectiveOn?: LocalDate;
  /** Instead of what the text says. */
  readonly label?: string;
  readonly slug?: string;
  /** What the document is; unless given, what its policy is already, else PRIVACY_NOTICE. */
  readonly kind?: PolicyKind;
  /** The organisation's default unless given. */
  readonly locale?: string;
}

export interface TextImportReport {
  readonly policyId: string;
  readonly versionId: string;
  readonly slug: string;
  readonly effectiveOn: LocalDate;
  readonly label: string;
  /** As the WHATWG names it. */
  readonly charset: string;
  /** Lines of the text, counted from 1, that told date and label; absent where they were given or are not there. */
  readonly foundOn: { readonly effectiveOn?: number; readonly label?: number };
  readonly flags: readonly TextFlag[];
  /** False when the same file had been imported with the same date before; nothing was then written. */
  readonly written: boolean;
}

/**
 * Records a file as a version of its policy's past (rule V7), and the policy where it is not there yet. The bytes are
 * kept as they are (rule X1). Date and label are those given, else those the text tells; without a label it is the date.
 *
 * @throws Refusal FILE_EMPTY FILE_BINARY TEXT_TOO_LARGE DATE_NOT_FOUND LABEL_INVALID LOCALE_INVALID SLUG_INVALID
 * DAY_ABSENT IMPORT_NOT_IN_PAST IMPORT_AFTER_PUBLICATION KIND_DIFFERS
 * @throws NotFound the organisation
 */
export async function importText(
  app: Application,
  request: RequestContext,
  input: TextImport,
): Promise<TextImportReport> {
  const organisation = await organisationOf(app, input.organisationId);
  const file = factsOf(input, organisation);
  const { organisationId } = organisation;
  const policyId = policyIdOf(organisationId, file.slug);
  const fold = await loadFold(app, policies, policyStream(policyId));
  assertKind(fold.state, input.kind);
  // The rules look again when they decide; here nothing is stored yet.
  assertDateOfImport(startOfDay(file.effectiveOn, organisation.timeZone, 'effectiveOn'), app.now(), fold.state);
  const { bytes } = input;
  const charset = charsetOf(bytes);
  const text = { locale: file.locale, format: formatOf(input.name), bytes, ...(charset && { charset }) };
  const content = await storeText(app, organisationId, text);
  const { commandId, recorded } = findRecording(fold, policyId, { content, effectiveOn: file.effectiveOn });
  const versionId = madeBy(commandId, 'version');
  const { slug, effectiveOn, foundOn, flags } = file;
  const common = { policyId, versionId, slug, effectiveOn, charset: charset ?? 'utf-8', foundOn, flags };
  if (recorded) return { ...common, label: recorded.label, written: false };
  const version = versionStep(app, request, organisation, { ...file, content, commandId });
  const steps =
    fold.state.status === 'absent' ? [creation(app, request, input, { ...file, policyId }), version] : [version];
  const handled = await handleCommands(app, policies, policyId, { organisationId, request }, steps);
  return { ...common, label: file.label, written: handled.at(-1)?.repeated === false };
}

function assertDateOfImport(effectiveFrom: Instant, now: Instant, state: PolicyState): void {
  if (effectiveFrom > now) throw importNotInPast('effectiveOn');
  const ownSince = state.status === 'existing' ? state.ownSince : undefined;
  if (ownSince !== undefined && ownSince <= effectiveFrom) throw importAfterOwnPublication('effectiveOn');
}

interface FileFacts extends Pick<TextImportReport, 'slug' | 'effectiveOn' | 'label' | 'foundOn' | 'flags'> {
  readonly locale: string;
  readonly title: string;
}

/** What is given about the file and what it tells itself. @throws Refusal */
function factsOf(input: TextImport, organisation: Organisation): FileFacts {
  const { name, bytes } = input;
  if (bytes.length === 0) throw fileEmpty(name);
  if (bytes.length > MAX_TEXT_BYTES) throw fileTooLarge(name);
  if (!byteOrder(bytes) && looksBinary(bytes)) throw fileBinary(name);
  const text = decodeText(bytes, charsetOf(bytes));
  const unmarked = text.replace(/^\ufeff/, '');
  if (unmarked === '') throw fileEmpty(name);
  const { lines, ...facts } = findTextFacts(unmarked);
  const effectiveOn = input.effectiveOn ?? facts.effectiveOn;
  if (effectiveOn === undefined) throw dateNotFound(name);
  const slug = input.slug ?? slugOf(name);
  assertSlug(slug);
  const locale = localeOf(input.locale ?? organisation.defaultLocale);
  const label = input.label ?? (facts.label === undefined ? effectiveOn : shortened(facts.label));
  if (!isOneLine(label, MAX_LABEL_LENGTH)) throw labelInvalid();
  return {
    slug,
    locale,
    label,
    title: facts.title ?? titleOf(name),
    effectiveOn: parseLocalDate(effectiveOn),
    foundOn: {
      ...(input.effectiveOn === undefined && lines.effectiveOn !== undefined && { effectiveOn: lines.effectiveOn }),
      ...(input.label === undefined && lines.label !== undefined && { label: lines.label }),
    },
    flags: findImpliedConsentClauses(text).map(({ passage }) => ({ code: 'IMPLIED_CONSENT_CLAUSE', locale, passage })),
  };
}

/** A label as far as one is kept, never half a character. */
function shortened(label: string): string {
  return label.slice(0, MAX_LABEL_LENGTH).replace(/\p{Surrogate}$/u, '');
}

/** The locale as BCP 47 writes it. */
function localeOf(tag: string): string {
  try {
    const [canonical] = Intl.getCanonicalLocales(tag);
    if (canonical !== undefined) return canonical;
  } catch {
    // Falls through to the refusal.
  }
  throw localeInvalid(tag);
}

/**
 * The id follows from what is imported, so that the same file is the same import for everybody (rule I1); one that was
 * revoked may be imported again.
 */
function findRecording(
  { state, commands }: Fold<PolicyState>,
  policyId: string,
  { content, effectiveOn }: { readonly content: ContentRef; readonly effectiveOn: LocalDate },
): { readonly commandId: string; readonly recorded: VersionEntry | undefined } {
  for (let time = 0; ; time += 1) {
    const commandId = uuidv5(['text', content.locale, content.sha256, effectiveOn, time].join('/'), policyId);
    const recorded = state.status === 'existing' ? findVersion(state, madeBy(commandId, 'version')) : undefined;
    if (recorded || !commands.has(commandId)) return { commandId, recorded };
  }
}

function creation(
  app: Application,
  { actor }: RequestContext,
  { organisationId, kind = 'PRIVACY_NOTICE', name }: TextImport,
  { policyId, slug, locale, title }: Pick<FileFacts, 'slug' | 'locale' | 'title'> & { readonly policyId: string },
): Step<PolicyState, PolicyCommand> {
  const described = { policyId, organisationId, slug, kind, title: { locale, text: title }, sourcePath: name };
  return {
    identity: { commandId: uuidv5('text/create', policyId) },
    command: { type: 'CreatePolicy', actor, at: app.now(), ...described },
  };
}

function versionStep(
  app: Application,
  { actor }: RequestContext,
  { timeZone }: Organisation,
  version: FileFacts & { readonly content: ContentRef; readonly commandId: string },
): Step<PolicyState, PolicyCommand> {
  const { commandId, label, effectiveOn, content, flags } = version;
  return {
    identity: { commandId },
    command: {
      type: 'ImportPolicyVersion',
      actor,
      at: app.now(),
      versionId: madeBy(commandId, 'version'),
      label,
      effectiveOn,
      timeZone,
      content,
      flags,
      reasons: [],
      summaries: [],
      renewalPurposes: [],
    },
  };
}
