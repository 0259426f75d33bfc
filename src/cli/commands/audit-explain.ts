import { encodePosition } from '../../application/position-text';
import { sentenceOf } from '../../application/sentences/fact-sentences';
import { RULE_SENTENCES } from '../../application/sentences/rule-sentences';
import { clock, type Telling } from '../../application/sentences/sentence-parts';
import { changeSentence, DATE_CAME, standingSentence } from '../../application/sentences/standing-sentences';
import type { Language } from '../../domain/languages';
import { decodeEvent } from '../../domain/stored-events';
import { ruleOf } from '../../domain/subject/step-rules';
import { type Instant, instantAt } from '../../domain/time';
import { personStory, type ToldStep } from '../../read-models/person-story';
import type { FactRow } from '../../read-models/read-models';
import { CommandRefused, type Node, type Terminal } from '../doors';
import { type AuditPlace, auditPlace } from './audit-here';
import type { AuditAsked, SheetStamp } from './audit-sheet';

/** Facts told at once. */
const FACTS_PER_STRETCH = 50;

/** How a person came to stand as they do, in one language. */
export interface Explained {
  readonly policy: string;
  readonly subject: string;
  readonly asOf: SheetStamp;
  readonly language: Language;
  steps(): AsyncIterable<ExplainedStep>;
  readonly standing: readonly ExplainedText[];
}

export interface ExplainedStep {
  /** Place of a fact about the person in their own stream: corrections name it. */
  readonly number: number | null;
  readonly at: string;
  readonly occurredAt: string | null;
  readonly recordedAt: string | null;
  readonly sentence: string;
  readonly rules: readonly { readonly name: string; readonly text: string }[];
  readonly changes: readonly ExplainedText[];
}

export interface ExplainedText {
  readonly rule: string | null;
  readonly text: string;
}

/** @throws CommandRefused NOT_FOUND */
export async function explainHere(
  node: Node,
  asked: AuditAsked,
  person: string,
  languageOf: (locale: string) => Language,
): Promise<Explained> {
  const place = auditPlace(node, asked);
  const { readModels, app } = node;
  const { row, stamp } = place;
  const subject = await subjectIn(place, person);
  const language = languageOf(readModels.defaultLocaleOf(row.organisation, stamp) ?? '');
  const telling = tellingOf(place);
  const stretch = (after: number | undefined) => {
    const range = { subjectId: subject, policyId: row.id, limit: FACTS_PER_STRETCH };
    const story = personStory(readModels, { ...range, ...(after !== undefined && { after }) }, stamp);
    if (!story) throw new CommandRefused('NOT_FOUND', `There is no person ${person} at that stamp.`);
    return story;
  };
  const first = stretch(undefined);
  const { effectiveAt, timeZone, recordedAt, settled, forecast, rules } = stamp;
  return {
    policy: asked.handle,
    subject,
    asOf: {
      ...{ effectiveAt, timeZone, recordedAt, settled, forecast, rules },
      position: encodePosition(app.logId, stamp.position),
    },
    language,
    standing: first.standing.map((item) => ({
      rule: ruleOf(item) ?? null,
      text: standingSentence(item, telling)[language],
    })),
    steps: async function* () {
      for (let story = first; ; story = stretch(story.next)) {
        for (const step of story.steps) yield toldHere(place, subject, step, telling, language);
        if (story.next === undefined) return;
      }
    },
  };
}

function tellingOf({ node, prefix, stamp }: AuditPlace): Telling {
  return { zone: stamp.timeZone, labelOf: (id) => node.readModels.versionById(id, prefix)?.label };
}

/** By the random id, or by the product's own id of the person. @throws CommandRefused NOT_FOUND */
async function subjectIn({ node, row, prefix }: AuditPlace, person: string): Promise<string> {
  const { readModels, app } = node;
  if (readModels.subjectById(person, prefix)) return person;
  const organisation = readModels.organisationById(row.organisation, readModels.applied());
  for (const of of [row.organisation, ...(organisation?.customerOf ? [organisation.customerOf] : [])]) {
    const [known] = await app.vault.findSubjects(of, [person]);
    if (known !== undefined && readModels.subjectById(known, prefix)) return known;
  }
  throw new CommandRefused('NOT_FOUND', 'There is no such person at that stamp.');
}

async function toldHere(
  { node }: AuditPlace,
  subject: string,
  { fact, at, rules, changes }: ToldStep,
  telling: Telling,
  language: Language,
): Promise<ExplainedStep> {
  const row = fact?.row;
  return {
    number: row?.subject === subject ? row.version : null,
    at,
    occurredAt: row?.occurredAt ?? null,
    recordedAt: row ? instantAt(row.recordedAtMs) : null,
    sentence: row ? await sentenceIn(node, row, telling, language) : DATE_CAME[language],
    rules: rules.map((name) => ({ name, text: RULE_SENTENCES[name][language] })),
    changes: changes.map((change) => ({
      rule: ruleOf(change.after ?? change.before) ?? null,
      text: changeSentence(change, telling)[language],
    })),
  };
}

async function sentenceIn({ app }: Node, row: FactRow, telling: Telling, language: Language): Promise<string> {
  const { stream, version } = row;
  for await (const { type, metadata, data } of app.store.readStream(stream, { from: version, to: version })) {
    return sentenceOf(decodeEvent(type, metadata.schemaVersion, data), telling)[language];
  }
  return row.type;
}

const WORDS = {
  rule: { nb: 'Regel', en: 'Rule' },
  occurred: { nb: 'hendte', en: 'happened' },
  result: { nb: 'Slik står det', en: 'So it stands' },
  noEffect: { nb: 'Endrer ingenting på denne datoen.', en: 'Changes nothing at this date.' },
} as const;

/** Prints an explanation for people to read, or as JSON, step by step as it is told. */
export async function printExplained(
  terminal: Terminal,
  explained: Explained,
  format: 'table' | 'json',
): Promise<void> {
  const { steps, standing, language, ...head } = explained;
  if (format === 'json') {
    terminal.data(`${JSON.stringify({ ...head, language, standing }).slice(0, -1)},"steps":[`);
    let separator = '\n';
    for await (const step of steps()) {
      terminal.data(`${separator}${JSON.stringify(step)}`);
      separator = ',\n';
    }
    return terminal.data('\n]}\n');
  }
  terminal.data(`${head.policy}, ${head.subject}\n`);
  const told = new Set<string>();
  for await (const step of steps()) terminal.data(`\n${stepText(step, head.asOf.timeZone, language, told)}`);
  terminal.data(`\n${WORDS.result[language]} (${clock(head.asOf.effectiveAt as Instant, head.asOf.timeZone)}):\n`);
  for (const { text, rule } of standing) terminal.data(`  ${text}${rule === null ? '' : ` [${rule}]`}\n`);
}

/** @param told rules whose text stands above: each is told once */
function stepText(step: ExplainedStep, zone: string, language: Language, told: Set<string>): string {
  const { number, at, occurredAt, recordedAt, sentence, rules, changes } = step;
  const when = clock((recordedAt ?? at) as Instant, zone);
  const isLate = rules.some(({ name }) => name === 'S5');
  const happened = isLate && occurredAt ? ` (${WORDS.occurred[language]} ${clock(occurredAt as Instant, zone)})` : '';
  const again = rules.filter(({ name }) => told.has(name)).map(({ name }) => name);
  const anew = rules.filter(({ name }) => !told.has(name));
  for (const { name } of anew) told.add(name);
  return [
    `${number === null ? '  ' : `${number}.`} ${when}  ${sentence}${happened}`,
    ...(again.length === 0 ? [] : [`     ${WORDS.rule[language]} ${again.join(', ')}`]),
    ...anew.map(({ name, text }) => `     ${WORDS.rule[language]} ${name}: ${text}`),
    ...changes.map(({ text, rule }) => `     → ${text}${rule === null ? '' : ` [${rule}]`}`),
    ...(changes.length === 0 ? [`     ${WORDS.noEffect[language]}`] : []),
    '',
  ].join('\n');
}
