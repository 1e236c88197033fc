use crate::testing::{Browser, Door, World, query};

const MAREN: &str = "acme-0001";

#[tokio::test]
async fn the_first_sign_in_makes_an_account_its_personal_organization_and_a_session() {
    let door = World::with_idp().await;
    let accounts = door.count("select count(*) from accounts").await;
    let mut browser = door.browser();
    let seen = browser.sign_in("sample", MAREN, "/account?tab=1").await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/account?tab=1"), "{}", seen.body);
    assert_eq!(door.count("select count(*) from accounts").await, accounts + 1);
}
