import { decodeText, readTextBytes } from '../../application/texts';
import type { ContentRef } from '../../domain/policy/policy.events';
import type { KnownEvent } from '../../domain/stored-events';
import { type Instant, parseInstant } from '../../domain/time';
import type { CopyOf, CopyParts } from './copy-source';
import type { HeldFact } from './held-facts';

/** A text that a fact about the person names. */
export interface HeldText {
  readonly policyId: string;
  readonly handle: string;
  readonly title: string;
  readonly versionId: string;
  readonly label: string;
  readonly content: ContentRef;
  /** Exactly as they were received (rules X1, C4). */
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** The texts that facts name, each once, in the order in which they are first named. */
export interface NamedTexts {
  note(fact: HeldFact): void;
  /** What a fact's version is called. */
  nameOf(event: KnownEvent): TextName | undefined;
  all(): AsyncGenerator<HeldText>;
}

export interface TextName {
  readonly title: string;
  readonly label: string;
}

interface VersionNamed {
  readonly policyId: string;
  readonly versionId: string;
}

/** Texts added to a version in the future are in the prefix, too. */
const END_OF_TIME = parseInstant('9999-12-31T23:59:59.999Z');

export function namedTexts({ app, readModels }: CopyParts, copy: CopyOf): NamedTexts {
  const { prefix, organisation, signal } = copy;
  const atPrefix = (effectiveAt: Instant) => ({ effectiveAt, n: prefix.n });
  /** Locales by version; all of them where a fact names none. */
  const named = new Map<string, VersionNamed & { readonly locales: Set<string> | 'all' }>();
  /** Versions by the place of the fact that named them, for corrections. */
  const places = new Map<string, VersionNamed>();
  const names = new Map<string, TextName | undefined>();

  function note({ event, stream, place }: HeldFact): void {
    const { data } = event;
    const version = event.type === 'FactCorrected' ? places.get(`${stream} ${event.data.corrects}`) : versionIn(data);
    if (!version) return;
    places.set(`${stream} ${place}`, version);
    const locale = 'locale' in data && typeof data.locale === 'string' ? data.locale : undefined;
    if (event.type === 'FactCorrected' && locale === undefined) return;
    const known = named.get(version.versionId);
    if (known?.locales === 'all') return;
    const locales = locale === undefined ? 'all' : (known?.locales ?? new Set<string>()).add(locale);
    named.set(version.versionId, { ...version, locales });
  }

  function nameOfVersion({ policyId, versionId }: VersionNamed): TextName | undefined {
    const version = readModels.versionById(versionId, prefix);
    const titles = readModels.policyTitles(policyId, atPrefix(copy.order.effectiveAt));
    const title = titles.find(({ locale }) => locale === copy.language) ?? titles[0];
    return version && { title: title?.text ?? '', label: version.label };
  }

  async function* all(): AsyncGenerator<HeldText> {
    for (const { policyId, versionId, locales } of named.values()) {
      const policy = readModels.policyById(policyId, prefix);
      const name = nameOfVersion({ policyId, versionId });
      if (!policy || !name) continue;
      const owner = readModels.organisationById(policy.organisation, prefix) ?? organisation;
      for (const content of readModels.versionContents(versionId, atPrefix(END_OF_TIME))) {
        if (locales !== 'all' && !locales.has(content.locale)) continue;
        signal.throwIfAborted();
        const bytes = await readTextBytes(app, policy.organisation, content.sha256);
        const text = decodeText(bytes, content.charset);
        yield { policyId, handle: `${owner.slug}/${policy.slug}`, ...name, versionId, content, bytes, text };
      }
    }
  }

  return {
    note,
    nameOf: ({ data }) => {
      const version = versionIn(data);
      if (!version) return undefined;
      if (!names.has(version.versionId)) names.set(version.versionId, nameOfVersion(version));
      return names.get(version.versionId);
    },
    all,
  };
}

function versionIn(data: KnownEvent['data']): VersionNamed | undefined {
  if (!('subjectId' in data && 'policyId' in data && 'versionId' in data)) return undefined;
  const { policyId, versionId } = data;
  return typeof policyId === 'string' && typeof versionId === 'string' ? { policyId, versionId } : undefined;
}
