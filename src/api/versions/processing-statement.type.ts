import { Field, ObjectType } from 'type-graphql';
import type {
  DataSubjectRight,
  LegalBasis,
  LocalisedText,
  ProcessingStatement,
  Purpose,
} from '../../domain/policy/processing-statement';
import { AccessDefault, asParent } from '../auth/access';
import { DataSubjectRightEnum, LegalBasisEnum } from '../policies/policy-enums';
import { Locale } from '../scalars';

@ObjectType('LocalisedString', { simpleResolvers: true })
@AccessDefault(asParent)
export class LocalisedString {
  @Field(() => Locale)
  readonly locale!: string;

  @Field(() => String)
  readonly text!: string;
}

@ObjectType('Party', { simpleResolvers: true, description: 'Whoever has a part in the processing.' })
@AccessDefault(asParent)
export class PartyView {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { nullable: true })
  readonly number?: string;

  @Field(() => String)
  readonly role!: string;

  @Field(() => String, { nullable: true })
  readonly address?: string;
}

@ObjectType('PurposeBasis', {
  simpleResolvers: true,
  description: 'The legal basis of a purpose for one category of persons.',
})
@AccessDefault(asParent)
export class PurposeBasisView {
  @Field(() => String)
  readonly subjectCategory!: string;

  @Field(() => LegalBasisEnum)
  readonly legalBasis!: LegalBasis;

  @Field(() => String, { nullable: true })
  readonly legitimateInterest?: string;
}

@ObjectType('Purpose', { simpleResolvers: true, description: 'One purpose of the processing.' })
@AccessDefault(asParent)
export class PurposeView {
  @Field(() => String, { description: 'Name of the purpose that stays the same from version to version.' })
  readonly key: string;

  @Field(() => [LocalisedString])
  readonly titles: readonly LocalisedText[];

  @Field(() => Boolean)
  readonly optional: boolean;

  @Field(() => [PurposeBasisView])
  readonly bases: readonly PurposeBasisView[];

  @Field(() => [String])
  readonly dataCategories: readonly string[];

  @Field(() => [String])
  readonly sources: readonly string[];

  @Field(() => [String])
  readonly recipients: readonly string[];

  @Field(() => [String])
  readonly processors: readonly string[];

  @Field(() => String, { description: 'How long the data is kept, or what decides it.' })
  readonly retention: string;

  @Field(() => [String], { description: 'Third countries with their safeguards; empty states that there are none.' })
  readonly transfers: readonly string[];

  @Field(() => String, { nullable: true })
  readonly automatedDecisions: string | undefined;

  @Field(() => String, { nullable: true })
  readonly voluntary: string | undefined;

  @Field(() => String, { nullable: true, description: 'ISO 8601 duration after which a yes expires.' })
  readonly consentValidFor: string | undefined;

  constructor(
    purpose: Purpose,
    /** The organisation's, for whoever asks for no locale. */
    readonly defaultLocale: string,
  ) {
    this.key = purpose.key;
    this.titles = purpose.titles;
    this.optional = purpose.optional;
    this.bases = purpose.bases;
    this.dataCategories = purpose.dataCategories;
    this.sources = purpose.sources;
    this.recipients = purpose.recipients;
    this.processors = purpose.processors;
    this.retention = purpose.retention;
    this.transfers = purpose.transfers;
    this.automatedDecisions = purpose.automatedDecisions;
    this.voluntary = purpose.voluntary;
    this.consentValidFor = purpose.consentValidFor;
  }
}

@ObjectType('ProcessingStatement', {
  simpleResolvers: true,
  description: 'The machine-readable half of a version (GDPR Art. 13, 14 and 30).',
})
@AccessDefault(asParent)
export class ProcessingStatementView {
  @Field(() => PartyView)
  readonly controller: PartyView;

  @Field(() => Boolean, { description: 'The customer that a person belongs to is the controller.' })
  readonly controllerIsCustomer: boolean;

  @Field(() => [PartyView])
  readonly processors: readonly PartyView[];

  @Field(() => String)
  readonly contact: string;

  @Field(() => String, { nullable: true })
  readonly dataProtectionOfficer: string | undefined;

  @Field(() => [PurposeView])
  readonly purposes: readonly PurposeView[];

  @Field(() => [DataSubjectRightEnum])
  readonly rights: readonly DataSubjectRight[];

  @Field(() => String, { nullable: true })
  readonly complaintAuthority: string | undefined;

  @Field(() => String, { nullable: true })
  readonly securityMeasures: string | undefined;

  constructor(statement: ProcessingStatement, defaultLocale: string) {
    this.controller = statement.controller;
    this.controllerIsCustomer = statement.controllerIsCustomer;
    this.processors = statement.processors;
    this.contact = statement.contact;
    this.dataProtectionOfficer = statement.dataProtectionOfficer;
    this.purposes = statement.purposes.map((purpose) => new PurposeView(purpose, defaultLocale));
    this.rights = statement.rights;
    this.complaintAuthority = statement.complaintAuthority;
    this.securityMeasures = statement.securityMeasures;
  }
}
