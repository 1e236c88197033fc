//! Who arrives from a provider, in the words of this installation.
//!
//! What may not happen here: an address that is compared before it is in canonical form.

use crate::{auth::oauth::SignedIn, web::text};

/// Who a provider says has arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The provider.
    pub provider: String,
    /// What never changes there: `sub`, or GitHub's numeric id.
    pub subject: String,
    /// The name that others will see, if the account is new.
    pub name: String,
    /// The address in canonical form, and whether the provider vouches for it.
    pub email: Option<(String, bool)>,
}

impl From<SignedIn> for Arrival {
    fn from(person: SignedIn) -> Self {
        let email = person.email.and_then(|told| Some((text::email(&told.address).ok()?, told.verified)));
        let local = email.as_ref().and_then(|(address, _)| address.split('@').next());
        let name = person.name.as_deref().and_then(name).or_else(|| local.and_then(name));
        Self {
            provider: person.provider.into(),
            subject: person.subject,
            name: name.unwrap_or_else(|| "No name yet".to_owned()),
            email,
        }
    }
}

/// A provider's name for somebody, cut to what fits.
fn name(told: &str) -> Option<String> {
    let cut: String = told.chars().take(100).collect();
    text::name(&cut).ok().filter(|name| name.chars().count() <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::oauth::ProviderEmail;

    fn arrival(name: Option<&str>, address: Option<&str>) -> Arrival {
        let email = address.map(|address| ProviderEmail { address: address.to_owned(), verified: true });
        let name = name.map(str::to_owned);
        let provider = "sample".parse().unwrap();
        SignedIn { provider, subject: "1".into(), email, name, auth_time: None }.into()
    }

    #[test]
    fn an_address_is_kept_in_its_one_form_or_not_at_all() {
        let email = |address| arrival(None, Some(address)).email.map(|(address, _)| address);
        assert_eq!(email("Lena.Brandt@ACME.example").as_deref(), Some("lena.brandt@acme.example"));
        assert_eq!(email("ä@acme.example"), None);
        assert_eq!(email("lena@localhost"), None);
    }

    #[test]
    fn everybody_has_a_name() {
        assert_eq!(arrival(Some("Lena Brandt"), None).name, "Lena Brandt");
        assert_eq!(arrival(None, Some("lena@acme.example")).name, "lena");
        assert_eq!(arrival(None, None).name, "No name yet");
        assert_eq!(arrival(Some(&"x".repeat(200)), None).name.len(), 100);
    }
}
