CREATE TABLE `reaction_notices` (
	`message_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	PRIMARY KEY(`message_id`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `reaction_summaries` (
	`message_id` integer PRIMARY KEY NOT NULL,
	`reactions` text NOT NULL,
	`pos` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reactions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` integer NOT NULL,
	`emoji` text NOT NULL,
	`user_id` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reactions_one` ON `reactions` (`message_id`,`user_id`,`emoji`);--> statement-breakpoint
CREATE INDEX `reactions_emoji` ON `reactions` (`message_id`,`emoji`,`id`);