import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { ANONYMOUS } from '../auth/caller';
import { clientAddress } from './client-address';
import { hiddenFault } from './error-answer';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';
import { openSocketConnection, type SocketConnection } from './socket-connection';
import { leaveIfIdle, type Peer, socketProtocol } from './socket-protocol';

/** GraphQL over WebSocket, subprotocol graphql-transport-ws. */
export interface GraphqlSockets {
  /** Takes over a request that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Lets queries and mutations under way finish, closes every WebSocket with 1001, and waits until they are gone. */
  drain(timeoutMs: number): Promise<void>;
}

type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Peer>>;

export function createGraphqlSockets(parts: GraphqlParts): GraphqlSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: parts.limits.maxRequestBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const protocol = makeServer(socketProtocol(parts));
  const peers = new Set<Peer>();

  const accept = (socket: WebSocket, network: Duplex, request: IncomingMessage) => {
    const place = parts.connections.takePlace(clientAddress(request, parts.behindProxy));
    if (place === undefined) {
      refuse(socket, parts);
      return;
    }
    const { authorization } = request.headers;
    const peer = openPeer(parts, protocol, { socket, network, authorization, place }, () => peers.delete(peer));
    peers.add(peer);
  };

  return {
    upgrade: (request, network, head) =>
      server.handleUpgrade(request, network, head, (socket) => accept(socket, network, request)),
    async drain(timeoutMs) {
      for (const peer of peers) {
        peer.leaving = true;
        leaveIfIdle(peer);
      }
      const deadline = Date.now() + timeoutMs;
      while (server.clients.size > 0 && Date.now() < deadline) await pause(DRAIN_STEP_MS);
      for (const socket of server.clients) socket.terminate();
    },
  };
}

const DRAIN_STEP_MS = 10;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The handshake is done first: a browser sees close codes, but never why a handshake failed. */
function refuse(socket: WebSocket, parts: GraphqlParts): void {
  socket.on('error', () => undefined);
  parts.metrics.closedWith('websocket', CLOSE_CODES.tooMany);
  socket.close(CLOSE_CODES.tooMany, 'Too many connections');
  const timer = setTimeout(() => socket.terminate(), parts.limits.closeGraceMs);
  socket.once('close', () => clearTimeout(timer));
}

interface Accepted extends Pick<Peer, 'authorization' | 'place'> {
  readonly socket: WebSocket;
  readonly network: Duplex;
}

function openPeer(
  parts: GraphqlParts,
  protocol: Protocol,
  { socket, network, authorization, place }: Accepted,
  onGone: () => void,
): Peer {
  parts.metrics.connectionOpened('websocket');
  let ended: (code: number, reason: string) => void = () => undefined;
  const connection = openSocketConnection(socket, network, parts, (code, reason) => ended(code, reason));
  const peer: Peer = {
    connection,
    authorization,
    place,
    caller: ANONYMOUS,
    forgetCaller: () => undefined,
    running: new Set(),
    leaving: false,
  };
  const stop = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => connection.send(message),
      close: (code, reason) => connection.close(code ?? CLOSE_CODES.goingAway, reason ?? ''),
      onMessage: (receive) => listen(parts, socket, connection, receive),
    },
    peer,
  );
  ended = (code, reason) => {
    peer.forgetCaller();
    place.giveBack();
    parts.metrics.connectionClosed('websocket');
    stop(code, reason).catch((error) => hiddenFault(parts.log, error, undefined));
  };
  // ws closes the connection with the right code itself: too large (1009), not UTF-8 (1007), not the protocol (1002).
  socket.on('error', (error) => parts.log.debug({ err: error }, 'WebSocket error'));
  socket.once('close', onGone);
  return peer;
}

function listen(
  parts: GraphqlParts,
  socket: WebSocket,
  connection: SocketConnection,
  receive: (message: string) => Promise<void>,
): void {
  socket.on('message', (data, isBinary) => {
    if (connection.isClosing) return;
    if (isBinary) {
      connection.close(BAD_MESSAGE, 'Messages are text');
      return;
    }
    receive(data.toString()).catch((error) => {
      hiddenFault(parts.log, error, undefined);
      connection.close(CLOSE_CODES.internal, 'Internal error');
    });
  });
}

/** Of graphql-transport-ws: a message that cannot be read. */
const BAD_MESSAGE = 4400;
