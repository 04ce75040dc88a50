/// The size of a terminal, in characters.
package struct ScreenSize: Hashable, Sendable {
    package let columns: Int
    package let rows: Int

    /// What is smaller than a screen can be is raised to 1.
    package init(columns: Int, rows: Int) {
        self.columns = max(columns, 1)
        self.rows = max(rows, 1)
    }
}
