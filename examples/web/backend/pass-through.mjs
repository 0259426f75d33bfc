import { request } from 'node:http';
import { request as requestSecurely } from 'node:https';

/** What goes on to Samtykke. The browser's token does; the product's own cookie does not. */
const HEADERS = ['authorization', 'content-type', 'accept', 'user-agent'];
const SOCKET_HEADERS = [
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];

/**
 * Hands requests and WebSockets on to Samtykke, so that the page talks to its own address alone. A reverse proxy in
 * front of both does the same. Nothing stands between a person and Samtykke here: whatever the product locks, the way
 * to reading a policy, withdrawing and objecting stays open.
 */
export function passThrough(samtykkeUrl) {
  const send = samtykkeUrl.startsWith('https:') ? requestSecurely : request;

  return {
    request(incoming, outgoing) {
      const headers = pick(incoming.headers, HEADERS);
      const onward = send(`${samtykkeUrl}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, { ...answer.headers, 'cache-control': 'no-store' });
        answer.pipe(outgoing);
      });
      onward.once('error', () => {
        if (outgoing.headersSent) outgoing.destroy();
        else outgoing.writeHead(502).end();
      });
      outgoing.once('close', () => onward.destroy());
      incoming.pipe(onward);
    },

    upgrade(incoming, socket, head) {
      const headers = { ...pick(incoming.headers, SOCKET_HEADERS), connection: 'Upgrade', upgrade: 'websocket' };
      const onward = send(`${samtykkeUrl}${incoming.url}`, { headers });
      socket.once('error', () => onward.destroy());
      onward.once('error', () => socket.destroy());
      onward.once('response', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      onward.once('upgrade', (answer, other, first) => {
        const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
        socket.write(first);
        other.write(head);
        socket.pipe(other).pipe(socket);
        for (const each of [socket, other]) {
          each.on('error', () => undefined);
          each.once('close', () => {
            socket.destroy();
            other.destroy();
          });
        }
      });
      onward.end();
    },
  };
}

function pick(headers, names) {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}
