CREATE TABLE `mentions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`message_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`read_pos` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mentions_message_user` ON `mentions` (`message_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `mentions_unread` ON `mentions` (`user_id`,`chat_id`,`message_id`) WHERE read_pos is null;--> statement-breakpoint
CREATE INDEX `mentions_told` ON `mentions` (`read_pos`) WHERE read_pos is not null;--> statement-breakpoint
CREATE TABLE `device_tokens` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`session_id` integer NOT NULL,
	`token` text NOT NULL,
	`platform` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_tokens_token_unique` ON `device_tokens` (`token`);--> statement-breakpoint
CREATE INDEX `device_tokens_user` ON `device_tokens` (`user_id`);--> statement-breakpoint
CREATE TABLE `notifications` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`type` text NOT NULL,
	`chat_id` integer NOT NULL,
	`message_id` integer NOT NULL,
	`mention_id` integer,
	`by_user_id` integer,
	`created_at` integer NOT NULL,
	`read_pos` integer
);
--> statement-breakpoint
CREATE INDEX `notifications_user` ON `notifications` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `notifications_unread` ON `notifications` (`user_id`,`chat_id`) WHERE read_pos is null;--> statement-breakpoint
CREATE INDEX `notifications_message` ON `notifications` (`message_id`) WHERE read_pos is null;--> statement-breakpoint
CREATE UNIQUE INDEX `notifications_mention` ON `notifications` (`mention_id`);--> statement-breakpoint
CREATE INDEX `notifications_told` ON `notifications` (`read_pos`) WHERE read_pos is not null;--> statement-breakpoint
CREATE TABLE `alive` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `online` (
	`user_id` integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
ALTER TABLE `users` ADD `last_seen_at` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `message_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `joined_after_id` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `added_by` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `nickname` text;--> statement-breakpoint
ALTER TABLE `members` ADD `is_muted` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `last_read_id` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `last_delivered_id` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `read_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `status_pos` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `message_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `messages` ADD `mentions` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `mentions_all` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `messages` SET `message_count` = `counted`.`n` FROM (SELECT `id`, sum(`content_type` <> 'system') OVER (PARTITION BY `chat_id` ORDER BY `seq`) AS `n` FROM `messages`) AS `counted` WHERE `counted`.`id` = `messages`.`id`;--> statement-breakpoint
UPDATE `chats` SET `message_count` = coalesce((SELECT `message_count` FROM `messages` WHERE `chat_id` = `chats`.`id` AND `seq` = `chats`.`seq`), 0);--> statement-breakpoint
UPDATE `members` SET (`last_read_id`, `last_delivered_id`, `read_count`) = (SELECT coalesce(`messages`.`id`, 0), coalesce(`messages`.`id`, 0), `chats`.`message_count` FROM `chats` LEFT JOIN `messages` ON `messages`.`chat_id` = `chats`.`id` AND `messages`.`seq` = `chats`.`seq` WHERE `chats`.`id` = `members`.`chat_id`);
