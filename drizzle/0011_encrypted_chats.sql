ALTER TABLE `chats` ADD `encryption_epoch` integer;--> statement-breakpoint
ALTER TABLE `messages` ADD `encrypted` integer DEFAULT false NOT NULL;