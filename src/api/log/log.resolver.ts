import { Ctx, Query, Resolver } from 'type-graphql';
import { encodePosition } from '../../application/position-text';
import { instantAt } from '../../domain/time';
import { READ_PREFIXES } from '../../read-models/incoming-event';
import { Access, operator } from '../auth/access';
import type { ApiContext } from '../context';
import { ledgerStatusView } from '../ledger/ledger-status.type';
import { openScope } from '../scope';
import { LogView } from './log.type';

const MAX_INT = 2_147_483_647;

@Resolver(() => LogView)
export class LogResolver {
  @Query(() => LogView, { nullable: true, description: 'For operators.' })
  @Access(operator)
  async log(@Ctx() context: ApiContext): Promise<LogView> {
    const { app, progress } = context;
    const { head: applied } = await openScope(context);
    const [head, lag] = await Promise.all([app.store.head(READ_PREFIXES), progress.lag()]);
    return {
      head: encodePosition(app.logId, head ?? applied.position),
      applied: encodePosition(app.logId, applied.position),
      recordedAt: instantAt(applied.clockMs),
      lagMs: Math.min(Math.round(lag.ms), MAX_INT),
      lagEvents: lag.events,
      ledger: ledgerStatusView(context.ledgerState()),
    };
  }
}
