CREATE TABLE `avatars` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`key` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `files` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`sha256` text NOT NULL,
	`encrypted` integer NOT NULL,
	`key` text NOT NULL,
	`size` integer NOT NULL,
	`type` text NOT NULL,
	`uploader_id` integer NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`is_clean` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`told_to` integer,
	`problem` text,
	`width` integer,
	`height` integer,
	`duration` real,
	`waveform` text,
	`thumbnail_key` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `files_content` ON `files` (`sha256`,`encrypted`);--> statement-breakpoint
CREATE INDEX `files_pending` ON `files` (`uploader_id`,`id`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `files_untold` ON `files` (`id`) WHERE told_to is not null;--> statement-breakpoint
CREATE TABLE `media` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`file_id` integer NOT NULL,
	`uploader_id` integer NOT NULL,
	`message_id` integer,
	`position` integer DEFAULT 0 NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`size` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `media_message` ON `media` (`message_id`);--> statement-breakpoint
CREATE INDEX `media_file` ON `media` (`file_id`);--> statement-breakpoint
CREATE INDEX `media_waiting` ON `media` (`created_at`) WHERE message_id is null;--> statement-breakpoint
CREATE TABLE `stray_blobs` (
	`key` text PRIMARY KEY NOT NULL,
	`is_due` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `stray_blobs_due` ON `stray_blobs` (`key`) WHERE is_due;--> statement-breakpoint
CREATE TABLE `media_usage` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`files` integer NOT NULL,
	`bytes` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `messages` ADD `media_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `users_avatar` ON `users` (`avatar_url`) WHERE avatar_url is not null;--> statement-breakpoint
CREATE INDEX `chats_avatar` ON `chats` (`avatar_url`) WHERE avatar_url is not null;