import type { z } from 'zod';
import type { DirectoryQuestion } from '../core/directory.ts';
import type { Fact, Facts } from '../core/fact.ts';
import type { Message } from '../core/message.ts';
import type { TreePlace } from '../core/place.ts';
import type { Step } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { Trial } from '../core/trial.ts';
import type { Site, TreeAnswers } from './index.ts';

/** What a tree's topic decides its steps from. */
export interface TreeContext {
  readonly site: Site;
  readonly name: string;
  readonly answers: TreeAnswers;
  /** The draft. */
  readonly place: TreePlace;
  readonly facts: Facts;
  /** All the packages that the topics want in the tree, sorted. */
  readonly wanted: readonly string[];
}

/** A secret that nobody can make up: somebody has to give it. */
export interface WantedSecret {
  readonly name: string;
  /** Whose it is, as one asks for it: 'the password of cn=reader,dc=example'. */
  readonly of: Message;
  /** Who can read it from then on. */
  readonly readers: Message;
}

interface Topic<Id extends string, Answers extends z.ZodObject> {
  readonly id: Id;
  readonly title: string;
  readonly help: string;
  /** Questions, defaults, validation, documentation. */
  readonly answers: Answers;
  /** What is learnt before anything is asked: where suggestions come from. */
  readonly facts?: readonly Fact<unknown>[];
}

/** Answers for the whole server. */
export interface ServerTopic<Id extends string = string, Answers extends z.ZodObject = z.ZodObject>
  extends Topic<Id, Answers> {
  readonly scope: 'server';
  /** What is learnt once the answers are there. */
  checks?(site: Site): readonly Fact<unknown>[];
  /** What no single field can see. */
  problems?(site: Site, facts: Facts): readonly Problem[];
  /** What is tried on the outside while a person answers. */
  trials?(site: Site): readonly Trial[];
  steps(site: Site, facts: Facts): readonly Step[];
}

/** Answers for one tree. */
export interface TreeTopic<Id extends string = string, Answers extends z.ZodObject = z.ZodObject>
  extends Topic<Id, Answers> {
  readonly scope: 'tree';
  checks?(context: Omit<TreeContext, 'facts'>): readonly Fact<unknown>[];
  problems?(context: TreeContext): readonly Problem[];
  /** What is tried on the outside while a person answers. */
  trials?(context: Omit<TreeContext, 'facts'>): readonly Trial[];
  /** By which more answers are found out, once these are there: it asks the outside. */
  finds?(answers: Readonly<Record<string, unknown>>): readonly Fact<unknown>[];
  /** How somebody's login is tried; null: nobody is known but on the clients themselves. */
  logins?(context: Omit<TreeContext, 'facts'>): DirectoryQuestion | null;
  /** What somebody has to give before this can be so. */
  secrets?(context: Omit<TreeContext, 'facts'>): readonly WantedSecret[];
  /** What this topic needs installed in the tree. */
  packages?(answers: TreeAnswers): readonly string[];
  steps(context: TreeContext): readonly Step[];
}
