/** Limits of the HTTP server that an operator or a test may set. Times are in milliseconds, sizes in bytes. */
export interface ServerLimits {
  /** Body of a request, and one message over a WebSocket. Holds a text of 1 MiB written with JSON's escapes. */
  readonly maxRequestBytes: number;
  /** A request that has not arrived whole by then is given up. */
  readonly requestTimeoutMs: number;
  /** A WebSocket that has not said who it is by then is closed (4408). */
  readonly connectionInitWaitMs: number;
  /** Open WebSockets and event streams together, of everybody. */
  readonly maxConnections: number;
  /** … of one network address. Large, because a whole company may stand behind one. */
  readonly maxConnectionsPerAddress: number;
  /** … of one token. */
  readonly maxConnectionsPerToken: number;
  /** Operations under way at a time on one WebSocket. */
  readonly maxOperationsPerSocket: number;
  /** A reader that has taken nothing for so long while something waits for it is slow (4508); over HTTP it is dropped. */
  readonly slowReaderMs: number;
  /** What may wait to be taken by one reader; beyond it the reader is slow (4508). */
  readonly maxUnsentBytes: number;
  /** Between a close code and the end of the connection, for a reader that has to catch up to see the code. */
  readonly closeGraceMs: number;
  /** Between two signs of life on an idle connection. */
  readonly keepAliveMs: number;
  /** What is under way when the server closes gets so long to finish. */
  readonly drainMs: number;
  /** Beyond it a health check counts as failed. */
  readonly healthWaitMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxRequestBytes: 4 * 1_048_576,
  requestTimeoutMs: 60_000,
  connectionInitWaitMs: 10_000,
  maxConnections: 20_000,
  maxConnectionsPerAddress: 8_192,
  maxConnectionsPerToken: 100,
  maxOperationsPerSocket: 100,
  slowReaderMs: 10_000,
  maxUnsentBytes: 8 * 1_048_576,
  closeGraceMs: 10_000,
  keepAliveMs: 30_000,
  drainMs: 10_000,
  healthWaitMs: 2_000,
};
