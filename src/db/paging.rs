//! Cursors: where the next page of a list begins, sealed so that they are taken back only as they were given out.
//!
//! What may not happen here: a cursor that is read before its seal is checked, or that opens another list, another
//! organization, or the same list narrowed or ordered otherwise.

use std::{fmt, sync::Arc};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use http::StatusCode;
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use sqlx::PgConnection;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::error::{Error, Result};

/// What the seal begins with. A cursor of another version is refused like any that is not ours.
const VERSION: &str = "cordon.cursor.v1";
/// Bytes of a seal.
const SEAL: usize = 32;

/// The key of the seals: in the database, so that all processes share it; read once.
#[derive(Clone, Default)]
pub struct Key(Arc<OnceCell<Vec<u8>>>);

/// The cursors of one list: of one organization or account, narrowed and ordered in one way.
#[derive(Clone, Debug)]
pub struct Cursors {
    key: Key,
    list: &'static str,
    owner: Uuid,
    shape: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The cursors of a list. `shape` is everything that decides which rows it has and in which order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn cursors(
        &self,
        connection: &mut PgConnection,
        list: &'static str,
        owner: Uuid,
        shape: &(impl Serialize + Sync),
    ) -> Result<Cursors> {
        let key = async {
            let key = sqlx::query_scalar!(r#"select list_key() as "key!""#).fetch_one(connection).await?;
            Ok::<_, Error>(key)
        };
        self.0.get_or_try_init(|| key).await?;
        let shape = serde_json::to_string(shape).map_err(Error::internal)?;
        Ok(Cursors { key: self.clone(), list, owner, shape })
    }
}

impl Cursors {
    /// The cursor of the page after this row.
    ///
    /// # Errors
    /// When the row cannot be written down.
    pub fn write(&self, row: &impl Serialize) -> Result<String> {
        let row = serde_json::to_string(row).map_err(Error::internal)?;
        let mut sealed = self.seal(&row)?.finalize().into_bytes().to_vec();
        sealed.extend(row.as_bytes());
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The row that a cursor of this list names; `None` where the list begins.
    ///
    /// # Errors
    /// [`Error::Bad`] for any other cursor.
    pub fn read<T: DeserializeOwned>(&self, cursor: &str) -> Result<Option<T>> {
        if cursor.is_empty() {
            return Ok(None);
        }
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
        let (seal, row) = sealed.split_at_checked(SEAL).ok_or_else(foreign)?;
        let row = str::from_utf8(row).map_err(|_| foreign())?;
        self.seal(row)?.verify_slice(seal).map_err(|_| foreign())?;
        serde_json::from_str(row).map(Some).map_err(|_| foreign())
    }

    fn seal(&self, row: &str) -> Result<Hmac<Sha256>> {
        let key =
            self.key.0.get().ok_or_else(|| Error::internal(anyhow::anyhow!("cursors without a key")))?;
        let mut seal = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
        // As one JSON array, so that no two different lists read alike.
        let bound = (VERSION, self.list, self.owner, &self.shape, row);
        seal.update(&serde_json::to_vec(&bound).map_err(Error::internal)?);
        Ok(seal)
    }
}

fn foreign() -> Error {
    Error::Bad(
        StatusCode::UNPROCESSABLE_ENTITY,
        "This link does not lead further down this list. Begin at its first page.".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(key: u8, list: &'static str, owner: u128, shape: &str) -> Cursors {
        let key = Key(Arc::new(OnceCell::new_with(Some(vec![key; 32]))));
        Cursors { key, list, owner: Uuid::from_u128(owner), shape: shape.to_owned() }
    }

    #[test]
    fn a_cursor_is_read_by_its_own_list_only() {
        let own = cursors(1, "members", 1, "[]");
        let row = (-4_i64, "ada | l\u{f6}ve".to_owned(), Uuid::from_u128(7));
        let cursor = own.write(&row).unwrap();
        assert_eq!(own.read(&cursor).unwrap(), Some(row.clone()));
        assert_eq!(own.read::<(i64, String, Uuid)>("").unwrap(), None);
        for (what, other) in [
            ("key", cursors(2, "members", 1, "[]")),
            ("list", cursors(1, "apps", 1, "[]")),
            ("organization", cursors(1, "members", 2, "[]")),
            ("filter", cursors(1, "members", 1, "[\"a\"]")),
        ] {
            assert!(other.read::<(i64, String, Uuid)>(&cursor).is_err(), "of another {what}");
        }
    }

    #[test]
    fn a_cursor_that_was_touched_is_refused() {
        let own = cursors(1, "members", 1, "[]");
        let cursor = own.write(&"ada").unwrap();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut bent = bytes.clone();
                bent[place] ^= 1 << bit;
                let bent = BASE64_URL_SAFE_NO_PAD.encode(bent);
                assert!(own.read::<String>(&bent).is_err(), "byte {place}, bit {bit}");
            }
        }
        for length in 1..cursor.len() {
            assert!(own.read::<String>(&cursor[..length]).is_err(), "cut to {length}");
        }
        for odd in
            ["x", "-1", "0", "9223372036854775808", "\0", "%00", &format!("{cursor}A"), &cursor.repeat(2)]
        {
            assert!(own.read::<String>(odd).is_err(), "{odd}");
        }
        assert!(own.read::<u32>(&cursor).is_err(), "another kind of row");
    }
}
