import type { InBoth } from '../../domain/languages';
import type { Act, DecisionRecord } from './decision-record';

/** What receipts say in sentences, in both languages. */
export interface ReceiptWords {
  readonly howToWithdraw: string;
  readonly termsPurpose: string;
  readonly noRecipient: string;
}

export function receiptWords({ controller, policy }: DecisionRecord): {
  readonly [word in keyof ReceiptWords]: InBoth;
} {
  return {
    howToWithdraw: {
      nb: `Samtykket kan når som helst trekkes tilbake i tjenesten der det ble gitt, eller ved henvendelse til ${controller.contact}.`,
      en: `Consent may be withdrawn at any time in the service in which it was given, or through ${controller.contact}.`,
    },
    termsPurpose: {
      nb: `Avtale om «${policy.title}»`,
      en: `Agreement to "${policy.title}"`,
    },
    noRecipient: {
      nb: 'Ingen utover den behandlingsansvarlige',
      en: 'Nobody but the controller',
    },
  };
}

/** How it was shown, by the names that the API has for it: "CLICKED_BUTTON, APP". */
export function indicationOf({ method, channel }: Act): string {
  return [method, channel].filter((word) => word !== undefined).join(', ') || 'WITHDRAWAL';
}
