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
CREATE INDEX `notification_jobs_turn` ON `notification_jobs` (`chat_id`,`id`);