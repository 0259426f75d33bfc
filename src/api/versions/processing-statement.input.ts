import { ValidateNested } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import {
  MAX_LINE_LENGTH,
  MAX_LIST_ITEMS,
  MAX_LOCALES,
  MAX_NAME_LENGTH,
  MAX_PARAGRAPH_LENGTH,
  MAX_PURPOSES,
  MAX_SLUG_LENGTH,
} from '../../domain/limits';
import type {
  DataSubjectRight,
  LegalBasis,
  Party,
  ProcessingStatement,
  Purpose,
} from '../../domain/policy/processing-statement';
import { given } from '../given';
import { atMost, distinctLocales, line, note, notes, paragraph } from '../input-checks';
import { DataSubjectRightEnum, LegalBasisEnum } from '../policies/policy-enums';
import { Locale } from '../scalars';

/** Length of an ISO 8601 duration. */
const MAX_DURATION_LENGTH = 32;
const RIGHTS = Object.keys(DataSubjectRightEnum).length;

@InputType()
export class LocalisedText {
  @Field(() => Locale)
  locale!: string;

  @Field(() => String)
  @paragraph(MAX_PARAGRAPH_LENGTH)
  text!: string;
}

@InputType()
export class PartyInput {
  @Field(() => String)
  @note(MAX_NAME_LENGTH)
  name!: string;

  @Field(() => String, { nullable: true })
  @note(MAX_NAME_LENGTH)
  number?: string | null;

  @Field(() => String)
  @note(MAX_NAME_LENGTH)
  role!: string;

  @Field(() => String, { nullable: true })
  @note(MAX_LINE_LENGTH)
  address?: string | null;
}

@InputType()
export class PurposeBasisInput {
  @Field(() => String)
  @line(MAX_NAME_LENGTH)
  subjectCategory!: string;

  @Field(() => LegalBasisEnum)
  legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true })
  @note(MAX_PARAGRAPH_LENGTH)
  legitimateInterest?: string | null;
}

@InputType()
export class PurposeInput {
  @Field(() => String, { description: 'a-z, 0-9 and single hyphens; stays the same from version to version.' })
  @line(MAX_SLUG_LENGTH)
  key!: string;

  @Field(() => [LocalisedText])
  @atMost(MAX_LOCALES)
  @distinctLocales()
  @ValidateNested()
  titles!: LocalisedText[];

  @Field(() => Boolean, { nullable: true, defaultValue: false })
  optional?: boolean | null;

  @Field(() => [PurposeBasisInput])
  @atMost(MAX_LIST_ITEMS)
  @ValidateNested()
  bases!: PurposeBasisInput[];

  @Field(() => [String])
  @notes(MAX_LIST_ITEMS, MAX_LINE_LENGTH)
  dataCategories!: string[];

  @Field(() => [String], { nullable: true })
  @notes(MAX_LIST_ITEMS, MAX_LINE_LENGTH)
  sources?: string[] | null;

  @Field(() => [String])
  @notes(MAX_LIST_ITEMS, MAX_LINE_LENGTH)
  recipients!: string[];

  @Field(() => [String], { nullable: true })
  @notes(MAX_LIST_ITEMS, MAX_LINE_LENGTH)
  processors?: string[] | null;

  @Field(() => String)
  @note(MAX_PARAGRAPH_LENGTH)
  retention!: string;

  @Field(() => [String], { nullable: true })
  @notes(MAX_LIST_ITEMS, MAX_LINE_LENGTH)
  transfers?: string[] | null;

  @Field(() => String, { nullable: true })
  @note(MAX_PARAGRAPH_LENGTH)
  automatedDecisions?: string | null;

  @Field(() => String, { nullable: true })
  @note(MAX_PARAGRAPH_LENGTH)
  voluntary?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601 duration of whole days or longer.' })
  @note(MAX_DURATION_LENGTH)
  consentValidFor?: string | null;
}

@InputType()
export class ProcessingStatementInput {
  @Field(() => PartyInput)
  @ValidateNested()
  controller!: PartyInput;

  @Field(() => Boolean, { nullable: true, defaultValue: false })
  controllerIsCustomer?: boolean | null;

  @Field(() => [PartyInput], { nullable: true })
  @atMost(MAX_LIST_ITEMS)
  @ValidateNested()
  processors?: PartyInput[] | null;

  @Field(() => String)
  @note(MAX_LINE_LENGTH)
  contact!: string;

  @Field(() => String, { nullable: true })
  @note(MAX_LINE_LENGTH)
  dataProtectionOfficer?: string | null;

  @Field(() => [PurposeInput])
  @atMost(MAX_PURPOSES)
  @ValidateNested()
  purposes!: PurposeInput[];

  @Field(() => [DataSubjectRightEnum])
  @atMost(RIGHTS)
  rights!: DataSubjectRight[];

  @Field(() => String, { nullable: true })
  @note(MAX_LINE_LENGTH)
  complaintAuthority?: string | null;

  @Field(() => String, { nullable: true })
  @note(MAX_PARAGRAPH_LENGTH)
  securityMeasures?: string | null;
}

/** The statement as the domain has it: lists that were left out are empty ones. */
export function statementOf(input: ProcessingStatementInput): ProcessingStatement {
  const { controller, controllerIsCustomer = false, processors = [], purposes, rights, ...texts } = given(input);
  return {
    ...texts,
    controller: partyOf(controller),
    controllerIsCustomer,
    processors: processors.map(partyOf),
    purposes: purposes.map(purposeOf),
    rights: [...new Set(rights)],
  };
}

function partyOf(input: PartyInput): Party {
  return { ...given(input) };
}

function purposeOf(input: PurposeInput): Purpose {
  const { titles, optional = false, bases, sources = [], processors = [], transfers = [], ...rest } = given(input);
  return {
    ...rest,
    titles: titles.map(({ locale, text }) => ({ locale, text })),
    optional,
    bases: bases.map((basis) => ({ ...given(basis) })),
    sources,
    processors,
    transfers,
  };
}
