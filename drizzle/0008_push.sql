CREATE TABLE `push_outbox` (
	`device_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`channel` text NOT NULL,
	`first_id` integer DEFAULT 0 NOT NULL,
	`last_id` integer DEFAULT 0 NOT NULL,
	`notification_id` integer DEFAULT 0 NOT NULL,
	`last_at` integer DEFAULT 0 NOT NULL,
	`show_at` integer DEFAULT 0 NOT NULL,
	`due_at` integer,
	`is_failing` integer DEFAULT false NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`shown_id` integer DEFAULT 0 NOT NULL,
	`shown_notification_id` integer DEFAULT 0 NOT NULL,
	`is_gone` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`device_id`, `chat_id`)
);
--> statement-breakpoint
CREATE INDEX `push_outbox_due` ON `push_outbox` (`channel`,`is_failing`,`due_at`) WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX `push_outbox_old` ON `push_outbox` (`last_at`) WHERE show_at > 0;--> statement-breakpoint
CREATE INDEX `push_outbox_gone` ON `push_outbox` (`device_id`) WHERE is_gone;--> statement-breakpoint
CREATE INDEX `push_outbox_user` ON `push_outbox` (`user_id`,`chat_id`);--> statement-breakpoint
CREATE INDEX `push_outbox_chat` ON `push_outbox` (`chat_id`,`device_id`);--> statement-breakpoint
CREATE TABLE `push_settings` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`content` text NOT NULL,
	`do_not_disturb_until` integer,
	`quiet_from` text,
	`quiet_to` text,
	`time_zone` text
);
--> statement-breakpoint
ALTER TABLE `members` ADD `notify` text DEFAULT 'all' NOT NULL;--> statement-breakpoint
UPDATE `members` SET `notify` = 'mentions' WHERE `is_muted`;--> statement-breakpoint
ALTER TABLE `members` DROP COLUMN `is_muted`;--> statement-breakpoint
ALTER TABLE `device_tokens` ADD `channel` text DEFAULT 'fcm' NOT NULL;--> statement-breakpoint
ALTER TABLE `device_tokens` ADD `p256dh` text;--> statement-breakpoint
ALTER TABLE `device_tokens` ADD `auth` text;--> statement-breakpoint
ALTER TABLE `device_tokens` ADD `badge` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `device_tokens` ADD `failures` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `device_tokens` ADD `retry_at` integer DEFAULT 0 NOT NULL;