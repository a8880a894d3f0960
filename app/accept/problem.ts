import type { PermissionLevel } from '../../core/github/permission.ts';
import type { SettingsRefusal } from '../../core/repo-config/effective-settings.ts';
import type { AccessRefusal } from '../../core/repo-config/may-use.ts';

/** Why the App can tell nobody in an issue what comes of a request. */
export type Mute = 'may_not_comment' | 'issue_locked';

/** Why a prompt is not accepted. `named` is `owner/name` as the requester wrote it, or as the payload has it. */
export type Problem =
  | Readonly<{ type: 'no_write_in_source'; named: string; permission: PermissionLevel }>
  /** The App could tell nobody what comes of the request. */
  | Readonly<{ type: Mute; named: string }>
  /** Also stands for what the requester may not know of. */
  | Readonly<{ type: 'unknown_target'; named: string }>
  | Readonly<{ type: 'no_write_in_target'; named: string; permission: PermissionLevel }>
  | Readonly<{ type: 'duplicate_target'; named: string }>
  | Readonly<{ type: 'archived'; named: string }>
  | Readonly<{ type: 'empty'; named: string }>
  | Readonly<{ type: 'base_missing'; named: string; branch: string }>
  | Readonly<{ type: 'private_to_public'; named: string }>
  /** On a pull request the target is given. */
  | Readonly<{ type: 'target_on_pull_request'; option: '--repo' | '--set' | '--base' }>
  | Readonly<{ type: 'pull_request_closed'; number: number; merged: boolean }>
  | Readonly<{ type: 'pull_request_gone'; number: number }>
  /** Its head is not the one any more that the work stood on. */
  | Readonly<{ type: 'pull_request_moved'; number: number }>
  /** Its head is not the one any more that the plan was made for. */
  | Readonly<{ type: 'plan_head_moved'; number: number }>
  /** It holds commits of others, which are never replaced. */
  | Readonly<{ type: 'pull_request_of_people'; number: number; commits: number }>
  /** It contains the tip of its base already. */
  | Readonly<{ type: 'pull_request_current'; number: number; base: string }>
  /** What the files of a repository and of its organization do not allow. */
  | Readonly<{ type: 'access'; named: string; refusal: AccessRefusal }>
  | Readonly<{ type: 'settings'; named: string; refusal: SettingsRefusal }>
  /** There is no such set of repositories. */
  | Readonly<{ type: 'unknown_set'; set: string; sets: readonly string[] }>
  /** Some of the set can't be used from a public place, where it is not named. */
  | Readonly<{ type: 'set_not_usable'; set: string }>
  /** A repository runs only the sets that its own file accepts. */
  | Readonly<{ type: 'set_not_accepted'; named: string; set: string }>
  | Readonly<{ type: 'unknown_model'; model: string; models: readonly string[] }>
  | Readonly<{ type: 'budget_too_high'; asked: number; cap: number }>
  | Readonly<{ type: 'budget_too_small'; asked: number; least: number }>;
