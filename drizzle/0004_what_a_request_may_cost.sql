CREATE TABLE `known_addresses` (
	`hash` text NOT NULL,
	`user_id` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	PRIMARY KEY(`hash`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `known_addresses_user` ON `known_addresses` (`user_id`,`last_used_at`);--> statement-breakpoint
CREATE INDEX `known_addresses_used` ON `known_addresses` (`last_used_at`);--> statement-breakpoint
CREATE TABLE `notification_jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chat_id` integer NOT NULL,
	`kind` text NOT NULL,
	`ref` integer NOT NULL,
	`last` integer NOT NULL,
	`after` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notification_jobs_what` ON `notification_jobs` (`chat_id`,`kind`,`ref`);--> statement-breakpoint
CREATE INDEX `notification_jobs_turn` ON `notification_jobs` (`chat_id`,`id`);--> statement-breakpoint
DROP INDEX `sessions_user`;--> statement-breakpoint
CREATE INDEX `sessions_living` ON `sessions` (`user_id`,`last_used_at`) WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX `sessions_unused` ON `sessions` (`last_used_at`) WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX `sessions_ended` ON `sessions` (`ended_at`) WHERE ended_at is not null;--> statement-breakpoint
DROP INDEX `files_content`;--> statement-breakpoint
CREATE INDEX `files_content` ON `files` (`uploader_id`,`sha256`,`encrypted`);--> statement-breakpoint
ALTER TABLE `refresh_tokens` ADD `names_session` integer DEFAULT false NOT NULL;--> statement-breakpoint
-- What is now taken out of them was not looked for before: they are looked at once more. Files that are clean by the rules
-- of then stay as they are: while they were looked at, which may take hours, nobody but their senders could have them.
UPDATE `files` SET `is_clean` = NULL WHERE `state` <> 'pending' AND NOT `encrypted` AND (`type` = 'audio/wav' OR (`type` = 'image/jpeg' AND NOT `is_clean`));
