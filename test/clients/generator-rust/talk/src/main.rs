//! Uses the client that openapi-generator generates for Rust.
use std::{env, error::Error, path::PathBuf};

use parley::apis::{self, auth_api, chats_api, configuration::Configuration, media_api, messages_api};
use parley::models::{CreateDirect, Me, MediaType, Message, Problem, Register, SendMessage, UpdateMe};

type Outcome<T> = Result<T, Box<dyn Error>>;

async fn register(username: &str) -> Outcome<(Me, Configuration)> {
    let mut server = Configuration { base_path: env::var("PARLEY_URL")?, ..Default::default() };
    let email = format!("{username}@example.org");
    let body = Register::new(username.to_string(), email, "correct horse battery".to_string());
    let signed_in = auth_api::register(&server, body).await?;
    server.bearer_access_token = Some(signed_in.access_token);
    Ok((*signed_in.user, server))
}

fn text(content: &str) -> SendMessage {
    SendMessage { content: Some(Some(content.to_string())), ..Default::default() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let (ada, as_ada) = register("ada").await?;
    let (ben, as_ben) = register("ben").await?;
    let chat = chats_api::open_direct_chat(&as_ada, CreateDirect::new(ben.id)).await?;
    assert_eq!(chat.peer.expect("a peer").username, "ben");

    let sent = messages_api::send_message(&as_ada, chat.id, text("Hello")).await?;
    let read = messages_api::list_messages(&as_ben, chat.id, None, None, None, None).await?;
    let first = &read.messages[0];
    assert_eq!((first.content.as_str(), first.id, first.sender_id), ("Hello", sent.id, ada.id));
    println!("talks");

    let photo = PathBuf::from(env::var("PHOTO")?);
    let media = media_api::upload_media(&as_ada, vec![photo], Some(false)).await?.media.remove(0);
    let with_photo = SendMessage { media_ids: Some(Some(vec![media.id])), ..Default::default() };
    messages_api::send_message(&as_ada, chat.id, with_photo).await?;
    let file = media_api::get_media(&as_ben, media.id, None, None, None).await?.bytes().await?;
    let info = media_api::get_media_info(&as_ben, media.id).await?;
    assert_eq!((file.len(), info.media_type), (info.file_size as usize, MediaType::Image));
    println!("uploads");

    for i in 1..=120 {
        messages_api::send_message(&as_ada, chat.id, text(&format!("Message {i}"))).await?;
    }
    let mut history: Vec<Message> = Vec::new();
    let mut is_more = true;
    while is_more {
        let before = history.first().map(|message| message.id);
        let page = messages_api::list_messages(&as_ben, chat.id, Some(50), before, None, None).await?;
        history.splice(0..0, page.messages);
        is_more = page.has_more_before;
    }
    assert_eq!(history.len(), 122);
    assert!(history.iter().zip(1..).all(|(message, seq)| message.seq == seq));
    println!("pages");

    let Err(apis::Error::ResponseError(refusal)) = messages_api::send_message(&as_ada, chat.id, text("")).await
    else {
        panic!("an empty message was taken");
    };
    let problem: Problem = serde_json::from_str(&refusal.content)?;
    assert_eq!((refusal.status.as_u16(), problem.status as u16), (422, 422));
    assert_eq!(problem.errors.expect("the bad fields")[0].path, "content");
    println!("refusals");

    for bio in [Some("Walks a lot.".to_string()), None] {
        let change = UpdateMe { bio: Some(bio.clone()), ..Default::default() };
        assert_eq!(auth_api::update_me(&as_ada, change).await?.bio, bio);
    }
    println!("clears");
    Ok(())
}
