import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { importGit } from '../../application/imports/import-git';
import { importText } from '../../application/imports/import-text';
import { POLICY_KINDS, type PolicyKind } from '../../domain/policy/policy.events';
import { Refusal } from '../../domain/refusal';
import { parseLocalDate } from '../../domain/time';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { organisationIdOf } from '../organisation-named';
import { readTextFile } from '../read-text-file';

import { requestOf, withNode } from '../with-node';
import { importDecisionsCommand } from './import-decisions.command';

interface TextOptions {
  readonly organisation: string;
  readonly effectiveOn?: string;
  readonly label?: string;
  readonly slug?: string;
  readonly locale?: string;
  readonly kind?: PolicyKind;
  readonly json?: boolean;
}

interface GitOptions {
  readonly organisation: string;
  readonly path?: string;
  readonly kind?: PolicyKind;
  readonly json?: boolean;
}

export function importCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('import')
    .description('record the past')
    .addCommand(textCommand(doors, terminal))
    .addCommand(gitCommand(doors, terminal))
    .addCommand(importDecisionsCommand(doors, terminal));
}

const kindOption = () =>
  new Option('--kind <kind>', 'what the documents are; what they were before, else PRIVACY_NOTICE').choices(
    POLICY_KINDS,
  );

function textCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('text')
    .description('import texts, one policy a file, with the date and label found in each')
    .argument('<files...>')
    .requiredOption('--organisation <slug>')
    .option('--effective-on <date>', 'the day it took effect, where the text does not say')
    .option('--label <label>', 'the label, where the text has none')
    .option('--slug <slug>', 'slug of the policy; made from the file name')
    .option('--locale <locale>', "locale of the text; the organisation's default")
    .addOption(kindOption())
    .option('--json', 'what was found in each file, as a line of JSON on stdout')
    .action((files: readonly string[], options: TextOptions) => {
      if (files.length > 1 && (options.slug || options.label || options.effectiveOn)) {
        throw new WrongUsage('ONE_FILE_ONLY', '--slug, --label and --effective-on are for one file at a time.');
      }
      return withNode(doors, (node) => importTexts(node, terminal, files, options));
    });
}

async function importTexts(
  node: Node,
  terminal: Terminal,
  files: readonly string[],
  options: TextOptions,
): Promise<void> {
  const organisationId = organisationIdOf(node, options.organisation);
  const request = await requestOf(node);
  let refused = 0;
  for (const file of files) {
    try {
      const report = await importText(node.app, request, {
        organisationId,
        name: basename(file),
        bytes: await readTextFile(file),
        ...(options.kind && { kind: options.kind }),
        ...(options.effectiveOn && { effectiveOn: parseLocalDate(options.effectiveOn) }),
        ...(options.label && { label: options.label }),
        ...(options.slug && { slug: options.slug }),
        ...(options.locale && { locale: options.locale }),
      });
      if (options.json) terminal.data(`${JSON.stringify({ file, ...report })}\n`);
      else for (const line of describeText(options.organisation, file, report)) terminal.say(line);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused += 1;
      const { code, message } = error;
      if (options.json) terminal.data(`${JSON.stringify({ file, code, message })}\n`);
      else terminal.say(`${file}: ${code}: ${message}`);
    }
  }
  if (refused > 0) throw new CommandRefused('FILES_REFUSED', `${refused} of ${files.length} files were refused.`);
}

type TextReport = Awaited<ReturnType<typeof importText>>;

function describeText(organisation: string, file: string, report: TextReport): readonly string[] {
  const { slug, effectiveOn, label, flags, foundOn, written } = report;
  const dated = `in force from ${effectiveOn}${onLine(foundOn.effectiveOn)}`;
  const labelled = `label "${label}"${onLine(foundOn.label)}`;
  return [
    `${file}: ${organisation}/${slug}, ${dated}, ${labelled}${written ? '' : ' (already there)'}`,
    ...flags.map(({ passage }) => `  claims consent by use, which gives none: ${passage}`),
  ];
}

/** Where the text itself says so. */
function onLine(line: number | undefined): string {
  return line === undefined ? '' : ` (line ${line})`;
}

function gitCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('git')
    .description('import every recorded version of every text in a git repository')
    .argument('<repository>')
    .requiredOption('--organisation <slug>')
    .option('--path <glob>', 'only paths that match')
    .addOption(kindOption())
    .option('--json', 'what was done, as JSON on stdout')
    .action((repository: string, options: GitOptions) =>
      withNode(doors, (node) => importRepository(node, terminal, repository, options), { small: true }),
    );
}

async function importRepository(
  node: Node,
  terminal: Terminal,
  repository: string,
  options: GitOptions,
): Promise<void> {
  const bar = new SingleBar({ format: '{bar} {value}/{total} versions', stream: process.stderr, noTTYOutput: false });
  const organisationId = organisationIdOf(node, options.organisation);
  const request = await requestOf(node);
  let started = false;
  try {
    const report = await importGit(node.app, request, {
      repository,
      organisationId,
      ...(options.kind && { kind: options.kind }),
      ...(options.path !== undefined && { include: options.path }),
      onProgress: ({ done, total }) => {
        if (!terminal.isTerminal) return;
        if (!started) bar.start(total, 0);
        started = true;
        bar.update(done);
      },
    });
    if (started) bar.stop();
    if (options.json) terminal.data(`${JSON.stringify(report)}\n`);
    else for (const line of describeRepository(report, options.path)) terminal.say(line);
    const { refused } = report;
    if (refused.length > 0) throw new CommandRefused('PATHS_REFUSED', `${refused.length} of the paths were refused.`);
  } finally {
    if (started) bar.stop();
  }
}

function countOf(versions: number): string {
  return versions === 1 ? '1 version' : `${versions} versions`;
}

type GitReport = Awaited<ReturnType<typeof importGit>>;

function describeRepository(report: GitReport, glob: string | undefined): readonly string[] {
  const { policies, imported, retired, revoked, known, flagged, passedOver, refused } = report;
  return [
    `${policies} policies: ${imported} versions imported, ${retired} removals, ${revoked} redated, ${known} already there.`,
    ...(policies === 0 && passedOver.length === 0 && glob !== undefined ? [`  no path matches ${glob}`] : []),
    ...(flagged > 0 ? [`  ${flagged} of them claim consent by use, which gives none.`] : []),
    ...passedOver.map(({ path, reason, versions }) => `  passed over ${path}: ${reason} (${countOf(versions)})`),
    ...refused.map(({ path, code, message }) => `  refused ${path}: ${code}: ${message}`),
  ];
}
