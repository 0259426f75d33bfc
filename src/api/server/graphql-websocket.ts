import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { clientAddress } from './client-address';
import { hiddenFault } from './error-answer';
import { CLOSE_CODES, type GraphqlParts } from './graphql-parts';
import { type ConnectionParts, createSignsOfLife, type OpenSocket, SocketConnection } from './socket-connection';
import { type Entering, SocketProtocol } from './socket-protocol';

/** GraphQL over WebSocket, subprotocol graphql-transport-ws. */
export interface GraphqlSockets {
  /** Takes over a request that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Lets queries and mutations under way finish, closes every WebSocket with 1001, and waits until they are gone. */
  drain(timeoutMs: number): Promise<void>;
}

export function createGraphqlSockets(graphql: GraphqlParts): GraphqlSockets {
  const parts = { ...graphql, signsOfLife: createSignsOfLife(graphql.limits.keepAliveMs) };
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: parts.limits.maxRequestBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const protocols = new Set<SocketProtocol>();

  const accept = (socket: WebSocket, network: Duplex, request: IncomingMessage) => {
    const place = parts.connections.takePlace(clientAddress(request, parts.behindProxy));
    if (place === undefined) {
      refuse(socket, parts);
      return;
    }
    const { authorization } = request.headers;
    openProtocol(parts, { socket, network }, { authorization, place }, protocols);
  };

  return {
    upgrade: (request, network, head) =>
      server.handleUpgrade(request, network, head, (socket) => accept(socket, network, request)),
    async drain(timeoutMs) {
      for (const protocol of protocols) protocol.leave();
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

function openProtocol(
  parts: GraphqlParts & ConnectionParts,
  open: OpenSocket,
  entering: Omit<Entering, 'connection'>,
  protocols: Set<SocketProtocol>,
): void {
  const { socket } = open;
  parts.metrics.connectionOpened('websocket');
  const connection = new SocketConnection(open, parts, () => protocol.closed());
  const protocol = new SocketProtocol(parts, { connection, ...entering });
  protocols.add(protocol);
  // ws closes the connection with the right code itself: too large (1009), not UTF-8 (1007), not the protocol (1002).
  socket.on('error', (error) => parts.log.debug({ err: error }, 'WebSocket error'));
  socket.on('close', (code) => {
    connection.gone(code);
    protocols.delete(protocol);
  });
  socket.on('message', (data, isBinary) => {
    if (connection.isClosing) return;
    if (isBinary) {
      connection.close(CloseCode.BadRequest, 'Messages are text');
      return;
    }
    protocol.receive(data.toString()).catch((error) => {
      hiddenFault(parts.log, error, undefined);
      connection.close(CLOSE_CODES.internal, 'Internal error');
    });
  });
  if (socket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
    connection.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
  }
}
