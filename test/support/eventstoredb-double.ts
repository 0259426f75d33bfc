import { createServer, type Socket, type Server as TcpServer, connect as tcpConnect } from 'node:net';
import { GossipService, type IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import {
  type IServerFeaturesServer,
  ServerFeaturesService,
} from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import { type IStreamsServer, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { DeleteResp, TombstoneResp } from '@eventstore/db-client/generated/streams_pb';
import { Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { batchAppend, nameOf, unaryAppend } from './eventstoredb-double-append';
import { type DoubleFaults, noFaults, serviceError } from './eventstoredb-double-faults';
import { DoubleLog } from './eventstoredb-double-log';
import { readStreams } from './eventstoredb-double-read';

/**
 * A protocol double of EventStoreDB: a loopback gRPC server on the client's own service definitions that behaves as a
 * real server was seen to behave, and misbehaves when told to. Behind a TCP relay, so that a test can break, freeze
 * and refuse connections as a dying server does.
 */
export interface EventStoreDbDouble {
  /** For a single node. */
  readonly url: string;
  /** For a client that looks for the leader by gossip first. */
  readonly clusterUrl: string;
  readonly port: number;
  readonly log: DoubleLog;
  readonly faults: DoubleFaults;
  /** Reads and subscriptions that are open now. */
  openReads(): number;
  /** Connections that are open now. */
  connections(): number;
  /** Ends every open read and subscription as the server does with a reader that is too slow. */
  cutSlowReaders(): void;
  dropConnections(): void;
  /** Connections stay open and nothing passes. */
  freeze(): void;
  thaw(): void;
  /** Breaks all connections and takes no new ones, as a killed process. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

export async function openEventStoreDbDouble(log = new DoubleLog()): Promise<EventStoreDbDouble> {
  const faults = noFaults();
  const open = new Set<(error: ServiceError) => void>();
  const sockets = new Set<Socket>();
  let frozen = false;
  let relay: TcpServer | undefined;
  let port = 0;

  const dropConnections = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  const context = { log, faults, open, dropConnections };
  const server = new Server({ 'grpc.max_receive_message_length': LARGEST_MESSAGE_BYTES });
  server.addService(StreamsService, streamsOf(context));
  server.addService(
    GossipService,
    gossipOf(context, () => port),
  );
  server.addService(ServerFeaturesService, featuresOf(context));
  const inner = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });

  const start = async () => {
    relay = createServer((socket) => {
      const upstream = tcpConnect(inner, '127.0.0.1');
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        sockets.add(one);
        one.setNoDelay(true);
        one.on('data', (chunk: Buffer) => frozen || other.write(chunk));
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    port = await listen(relay, port);
  };
  const kill = async () => {
    const closed = new Promise<void>((resolve) => (relay === undefined ? resolve() : relay.close(() => resolve())));
    dropConnections();
    await closed;
    relay = undefined;
  };
  await start();

  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    clusterUrl: `esdb://127.0.0.1:${port},127.0.0.1:${port}?tls=false&maxDiscoverAttempts=2&discoveryInterval=20`,
    port,
    log,
    faults,
    openReads: () => open.size,
    connections: () => sockets.size / 2,
    cutSlowReaders: () => {
      for (const fail of open) {
        fail(serviceError(status.ABORTED, 'Operation timed out: Consumer too slow to handle event while live.'));
      }
    },
    dropConnections,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    kill,
    start,
    close: async () => {
      await kill();
      server.forceShutdown();
    },
  };
}

type Context = Parameters<typeof batchAppend>[0] & Parameters<typeof readStreams>[0];

function streamsOf(context: Context): IStreamsServer {
  const { log } = context;
  return {
    read: readStreams(context),
    append: unaryAppend(context),
    batchAppend: batchAppend(context),
    delete: (call, callback) => {
      log.softDelete(nameOf(call.request.getOptions()?.getStreamIdentifier()));
      callback(null, new DeleteResp());
    },
    tombstone: (call, callback) => {
      log.tombstone(nameOf(call.request.getOptions()?.getStreamIdentifier()));
      callback(null, new TombstoneResp());
    },
  };
}

/** The answer carries the date of the server's clock, as the real server's answers do. */
function gossipOf({ log, faults }: Context, portOf: () => number): IGossipServer {
  return {
    read: (call, callback) => {
      if (faults.gossip === 'unavailable') {
        callback(serviceError(status.UNAVAILABLE, 'Gossip is away'));
        return;
      }
      const headers = new Metadata();
      headers.set('date', new Date(log.now()).toUTCString());
      call.sendMetadata(headers);
      const leader = faults.leader ?? { host: '127.0.0.1', port: portOf() };
      const member = new MemberInfo()
        .setInstanceId(new UUID().setString('11111111-1111-4111-8111-111111111111'))
        .setState(MemberInfo.VNodeState.LEADER)
        .setIsAlive(true)
        .setTimeStamp('0')
        .setHttpEndPoint(new EndPoint().setAddress(leader.host).setPort(leader.port));
      callback(null, new ClusterInfo().setMembersList(faults.gossip === 'no-members' ? [] : [member]));
    },
  };
}

function featuresOf({ faults }: Context): IServerFeaturesServer {
  return {
    getSupportedMethods: (_, callback) => {
      const names = ['read', 'append', 'delete', 'tombstone', ...(faults.batchAppend ? ['batchappend'] : [])];
      const methods = names.map((name) =>
        new SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name),
      );
      callback(null, new SupportedMethods().setEventStoreServerVersion('23.10.8').setMethodsList(methods));
    },
  };
}

function listen(relay: TcpServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    relay.once('error', reject);
    relay.listen(port, '127.0.0.1', () => {
      const address = relay.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
