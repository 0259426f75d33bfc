/** The server answered with an error of its own. */
export class ServerRefused extends Error {
  override readonly name = 'ServerRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Nothing that speaks GraphQL answered at the address. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
}

export interface RemoteOptions {
  /** Where the server is, e.g. http://127.0.0.1:4000 */
  readonly url: string;
  readonly token?: string;
}

const TIMEOUT_MS = 30_000;

/** One GraphQL operation against a running server. @throws ServerRefused ServerUnreachable */
export async function askServer<Data>(
  { url, token }: RemoteOptions,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Data> {
  const answer = await post(url, token, { query, variables });
  const [error] = answer.errors ?? [];
  if (error) throw new ServerRefused(error.extensions?.code ?? 'UNKNOWN', error.message);
  if (answer.data === undefined) throw new ServerUnreachable(`${url} does not answer as Samtykke does.`);
  return answer.data as Data;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function post(url: string, token: string | undefined, body: unknown): Promise<Answer> {
  try {
    const response = await fetch(new URL('/graphql', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return (await response.json()) as Answer;
  } catch {
    throw new ServerUnreachable(`No answer from ${url}.`);
  }
}

/** One check of a server's `/health/ready`. */
export interface HealthAtServer {
  readonly name: string;
  readonly ok: boolean;
  /** False: the node does its work without it. */
  readonly required?: boolean;
  readonly detail?: string;
}

/** What a server says of its own health, well or not. @throws ServerUnreachable */
export async function healthAt({ url }: RemoteOptions): Promise<readonly HealthAtServer[]> {
  try {
    const response = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { checks } = (await response.json()) as { readonly checks: readonly HealthAtServer[] };
    return checks;
  } catch {
    throw new ServerUnreachable(`No answer from ${url}.`);
  }
}

/** The first user error of a payload as an error of the command. */
export function refuseUserErrors(errors: readonly { readonly code: string; readonly message: string }[]): void {
  const [error] = errors;
  if (error) throw new ServerRefused(error.code, error.message);
}
