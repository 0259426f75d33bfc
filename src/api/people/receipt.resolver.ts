import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { iso27560Receipt } from '../../application/receipts/iso-27560-receipt';
import { kantaraReceipt } from '../../application/receipts/kantara-receipt';
import { type ReceiptSource, receiptSource } from '../../application/receipts/receipt-source';
import type { StoredEvent } from '../../event-store/event-store';
import { Access, asParent } from '../auth/access';
import type { ApiContext } from '../context';
import type { Loaders } from '../loaders';
import { ReceiptNode, type ReceiptProfile, ReceiptProfileEnum } from './receipt.type';

@Resolver(() => ReceiptNode)
export class ReceiptResolver {
  @FieldResolver(() => String, {
    description: 'Canonical JSON: the same decision gives the same bytes, whatever happened after it.',
  })
  @Access(asParent)
  async json(
    @Root() { fact, scope }: ReceiptNode,
    @Arg('profile', () => ReceiptProfileEnum, { defaultValue: 'ISO_27560', nullable: true })
    profile: ReceiptProfile | null | undefined,
    @Ctx() context: ApiContext,
  ): Promise<string> {
    const stored = await eventAt(context, fact.stream, fact.version);
    const record = stored && (await sourceOf(context, scope.loaders, fact.subject).recordOf(stored));
    if (!record) throw new Error(`${fact.stream} holds no decision ${fact.version}.`);
    return profile === 'KANTARA_1_1' ? kantaraReceipt(record) : iso27560Receipt(record);
  }
}

async function eventAt({ app }: ApiContext, stream: string, place: number): Promise<StoredEvent | undefined> {
  for await (const event of app.store.readStream(stream, { from: place, to: place })) return event;
  return undefined;
}

/** One for all receipts of a person in an answer: they rest on the same policies. */
function sourceOf({ app }: ApiContext, loaders: Loaders, subject: string): ReceiptSource {
  const ofAnswer = sources.get(loaders) ?? new Map<string, ReceiptSource>();
  const source = ofAnswer.get(subject) ?? receiptSource(app, subject);
  sources.set(loaders, ofAnswer.set(subject, source));
  return source;
}

const sources = new WeakMap<Loaders, Map<string, ReceiptSource>>();
