//! A violated constraint as an answer: `on_constraint` at the call turns it into a field error or a sentence.
//!
//! What may not happen here: reading the database's own error text, which may name rows that the caller cannot see.

/// Asks a query's result whether it broke a named constraint.
pub trait OnConstraint<T> {
    /// `Ok(None)` when exactly this constraint was broken; every other error goes on as it is. The transaction is over
    /// after a violation.
    ///
    /// # Errors
    /// Any other fault of the query.
    fn unless_constraint(self, name: &str) -> Result<Option<T>, sqlx::Error>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn unless_constraint(self, name: &str) -> Result<Option<T>, sqlx::Error> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.as_database_error().is_some_and(|e| e.constraint() == Some(name)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
