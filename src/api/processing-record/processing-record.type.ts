import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { LeftOutPolicy, ProcessingActivity } from '../../evidence/processing-record/processing-record';
import { AccessDefault, asParent } from '../auth/access';
import { enumOf } from '../enum-of';
import { OrganisationNode } from '../organisations/organisation.type';
import { PolicyNode } from '../policies/policy.type';
import type { Scope } from '../scope';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { PolicyVersionNode } from '../versions/policy-version.type';
import { PartyView, PurposeView } from '../versions/processing-statement.type';

const ROLES = ['CONTROLLER', 'PROCESSOR'] as const satisfies ProcessingActivity['role'][];
const ProcessingRoleEnum = enumOf<ProcessingActivity['role']>(ROLES);
registerEnumType(ProcessingRoleEnum, {
  name: 'ProcessingRole',
  description: 'What the organisation whose record it is has to do with an activity.',
});

@ObjectType('ProcessingActivity', {
  simpleResolvers: true,
  description: 'One purpose of a statement in force, for one controller (GDPR Art. 30).',
})
@AccessDefault(asParent)
export class ProcessingActivityView {
  @Field(() => ProcessingRoleEnum)
  readonly role: ProcessingActivity['role'];

  @Field(() => PolicyNode)
  readonly policy: PolicyNode;

  @Field(() => PolicyVersionNode)
  readonly version: PolicyVersionNode;

  @Field(() => PurposeView)
  readonly purpose: PurposeView;

  @Field(() => PartyView, {
    description: 'Where the statement makes the customer the controller: that customer, one activity for each.',
  })
  readonly controller: PartyView;

  @Field(() => [PartyView])
  readonly processors: readonly PartyView[];

  @Field(() => String)
  readonly contact: string;

  @Field(() => String, { nullable: true })
  readonly dataProtectionOfficer: string | undefined;

  @Field(() => [String])
  readonly subjectCategories: readonly string[];

  @Field(() => [String])
  readonly dataCategories: readonly string[];

  @Field(() => [String])
  readonly recipients: readonly string[];

  @Field(() => [String], { description: 'Third countries with their safeguards; empty states that there are none.' })
  readonly transfers: readonly string[];

  @Field(() => String)
  readonly retention: string;

  @Field(() => String, { nullable: true })
  readonly securityMeasures: string | undefined;

  constructor(activity: ProcessingActivity, scope: Scope, defaultLocale: string) {
    this.role = activity.role;
    this.policy = new PolicyNode(activity.policy, scope);
    this.version = new PolicyVersionNode(activity.version, activity.policy, scope);
    this.purpose = new PurposeView(activity.purpose, defaultLocale);
    this.controller = activity.controller;
    this.processors = activity.processors;
    this.contact = activity.contact;
    this.dataProtectionOfficer = activity.dataProtectionOfficer;
    this.subjectCategories = activity.subjectCategories;
    this.dataCategories = activity.dataCategories;
    this.recipients = activity.recipients;
    this.transfers = activity.transfers;
    this.retention = activity.retention;
    this.securityMeasures = activity.securityMeasures;
  }
}

@ObjectType('ProcessingRecordGap', {
  simpleResolvers: true,
  description: 'A policy of the organisation that no activity stands for, and why.',
})
@AccessDefault(asParent)
export class ProcessingRecordGapView {
  @Field(() => PolicyNode)
  readonly policy: PolicyNode;

  @Field(() => PolicyVersionNode, { nullable: true, description: 'The version in force, if one is.' })
  readonly version: PolicyVersionNode | null;

  @Field(() => String, {
    description: 'TEXT_ONLY, PURPOSES_ABSENT, RETIRED, ALL_WITHDRAWN; take an unknown one as "other".',
  })
  readonly code: LeftOutPolicy['code'];

  constructor(
    { policy, version, code }: LeftOutPolicy,
    scope: Scope,
    /** The organisation's, for whoever asks for no locale. */
    readonly defaultLocale: string,
  ) {
    this.policy = new PolicyNode(policy, scope);
    this.version = version ? new PolicyVersionNode(version, policy, scope) : null;
    this.code = code;
  }
}

@ObjectType('ProcessingRecord', {
  simpleResolvers: true,
  description: 'The record of processing activities (GDPR Art. 30), from the statements in force at the stamp.',
})
@AccessDefault(asParent)
export class ProcessingRecordView {
  @Field(() => OrganisationNode)
  readonly organisation!: OrganisationNode;

  @Field(() => AsOfStampView)
  readonly asOf!: AsOfStampView;

  @Field(() => [ProcessingActivityView])
  readonly activities!: readonly ProcessingActivityView[];

  @Field(() => [ProcessingRecordGapView])
  readonly leftOut!: readonly ProcessingRecordGapView[];
}
