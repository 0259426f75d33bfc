/** The provider did not answer as it should. The reason is for operators and holds nothing of what was answered. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';

  constructor(readonly reason: ProviderFaultReason) {
    super(PROVIDER_FAULTS[reason]);
  }
}

const PROVIDER_FAULTS = {
  unreachable: 'The provider cannot be reached.',
  late: 'The provider did not answer in time.',
  refused: 'The provider answered with another status than 200.',
  'too-large': 'The answer of the provider is larger than is read.',
  unreadable: 'The answer of the provider is not what OpenID Connect says.',
  'another-issuer': 'The provider calls itself by another name than SAMTYKKE_OIDC_ISSUER.',
  'unsafe-address': 'The provider has its keys at an address that is not https.',
  'no-keys': 'The provider has no public key that signatures could be verified with.',
} as const;
export type ProviderFaultReason = keyof typeof PROVIDER_FAULTS;

/** From the request to the last byte of the answer. */
export const PROVIDER_ANSWER_MS = 5_000;
/** Beyond it nothing is read; a large provider's keys are a tenth of it. */
export const MAX_PROVIDER_ANSWER_BYTES = 256 * 1_024;

/**
 * What a provider answers at an address, as JSON. Follows no redirect: the address is what was pinned.
 *
 * @throws ProviderFault
 */
export async function fetchFromProvider(address: URL): Promise<unknown> {
  const signal = AbortSignal.timeout(PROVIDER_ANSWER_MS);
  try {
    const response = await fetch(address, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new ProviderFault('refused');
    }
    return parsed(await boundedBody(response));
  } catch (error) {
    if (error instanceof ProviderFault) throw error;
    throw new ProviderFault(signal.aborted ? 'late' : 'unreachable');
  }
}

async function boundedBody({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    // Leaving the loop ends the answer.
    if (bytes > MAX_PROVIDER_ANSWER_BYTES) throw new ProviderFault('too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ProviderFault('unreadable');
  }
}
