CREATE TABLE `chat_epochs` (
	`chat_id` integer NOT NULL,
	`n` integer NOT NULL,
	`roster` text NOT NULL,
	`announcement` text NOT NULL,
	`protected` text NOT NULL,
	`iv` text NOT NULL,
	`ciphertext` text NOT NULL,
	`tag` text NOT NULL,
	PRIMARY KEY(`chat_id`, `n`)
);
--> statement-breakpoint
CREATE INDEX `chat_epochs_roster` ON `chat_epochs` (`chat_id`,`roster`,`n`);--> statement-breakpoint
CREATE TABLE `encrypted_chats` (
	`chat_id` integer PRIMARY KEY NOT NULL,
	`n` integer DEFAULT 0 NOT NULL,
	`epoch_hash` text,
	`epoch_kid` text,
	`epoch_at` integer DEFAULT 0 NOT NULL,
	`epoch_m` integer DEFAULT 0 NOT NULL,
	`epoch_after` integer DEFAULT 0 NOT NULL,
	`due` text,
	`m` integer NOT NULL,
	`hash` text NOT NULL,
	`hist` text NOT NULL,
	`members` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `epoch_grants` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chat_id` integer NOT NULL,
	`to_user_id` integer NOT NULL,
	`by_user_id` integer NOT NULL,
	`jwe` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `epoch_grants_pair` ON `epoch_grants` (`chat_id`,`to_user_id`,`by_user_id`);--> statement-breakpoint
CREATE TABLE `epoch_recipients` (
	`chat_id` integer NOT NULL,
	`n` integer NOT NULL,
	`user_id` integer NOT NULL,
	`ik_kid` text NOT NULL,
	`ek_kid` text NOT NULL,
	`encrypted_key` text NOT NULL,
	PRIMARY KEY(`chat_id`, `n`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `membership_steps` (
	`chat_id` integer NOT NULL,
	`m` integer NOT NULL,
	`step` text NOT NULL,
	PRIMARY KEY(`chat_id`, `m`)
);
