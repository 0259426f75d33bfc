import type { Written } from '../../src/application/application';
import { recordClockFault } from '../../src/application/clock-faults';
import { registerOrganisation } from '../../src/application/organisations';
import { encodePosition } from '../../src/application/position-text';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { openTestApplication, type TestApplication } from '../support/application-harness';

const settings = { timeZone: 'Europe/Oslo', defaultLocale: 'nb', approvalRequired: true };
const HOUR_MS = 3_600_000;

/** A position as an operator copies it from an answer. */
const named = ({ app }: TestApplication, { position }: Written) => encodePosition(app.logId, position);

describe('a clock that was wrong (S4)', () => {
  it('is taken out of the log’s clock from its own position on, and only from there', async () => {
    const clock = { nowMs: Date.parse('2024-06-15T10:00:00Z') };
    const store = openSqliteEventStore({ clock: () => clock.nowMs });
    const test = await openTestApplication(store);
    const models = openReadModels({ file: ':memory:', store, nowMs: () => clock.nowMs });
    models.runner.start();
    const request = await test.request('operator');
    clock.nowMs += 1_000 * HOUR_MS;
    const fast = await registerOrganisation(test.app, request, { slug: 'fast', name: 'Fast', ...settings });
    clock.nowMs -= 1_000 * HOUR_MS;
    const right = await registerOrganisation(test.app, request, { slug: 'right', name: 'Right', ...settings });
    const noted = await recordClockFault(test.app, request, { from: named(test, fast), to: named(test, fast) });
    await models.runner.waitFor(noted, 5_000);
    const at = (position: typeof noted) => models.readModels.prefixAtPosition(position)?.clockMs;
    expect(at(right.position)).toBe(clock.nowMs + 1_000 * HOUR_MS);
    expect(at(noted)).toBe(clock.nowMs);
    await models.close();
    await test.close();
  });

  it('is refused where the positions are none, or stand in the wrong order', async () => {
    const test = await openTestApplication();
    const request = await test.request('operator');
    const first = await registerOrganisation(test.app, request, { slug: 'a', name: 'A', ...settings });
    const second = await registerOrganisation(test.app, request, { slug: 'b', name: 'B', ...settings });
    await expect(
      recordClockFault(test.app, request, { from: first.position, to: named(test, first) }),
    ).rejects.toMatchObject({
      code: 'BAD_POSITION',
    });
    await expect(
      recordClockFault(test.app, request, { from: named(test, second), to: named(test, first) }),
    ).rejects.toMatchObject({ code: 'CLOCK_FAULT_BACKWARDS' });
    await test.close();
  });
});
