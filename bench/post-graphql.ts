import { type Agent, request } from 'node:http';

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Asks over HTTP; the answer as text. @throws Error for any status but 200 */
export function postGraphql(
  agent: Agent,
  address: string,
  asked: GraphqlRequest,
  authorization?: string,
): Promise<string> {
  const body = JSON.stringify(asked);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(authorization !== undefined && { authorization: `Bearer ${authorization}` }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${address}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(answer) : reject(new Error(`Status ${response.statusCode}: ${answer}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
