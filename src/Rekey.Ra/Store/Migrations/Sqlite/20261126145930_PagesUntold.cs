using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PagesUntold : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cmp_transactions");

            migrationBuilder.AddColumn<string>(
                name: "untold",
                table: "renewals",
                type: "TEXT",
                maxLength: 16,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_renewals_untold",
                table: "renewals",
                column: "untold",
                filter: "untold is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_renewals_untold",
                table: "renewals");

            migrationBuilder.DropColumn(
                name: "untold",
                table: "renewals");

            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                columns: table => new
                {
                    transaction_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    renewal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_renewals_renewal_id",
                        column: x => x.renewal_id,
                        principalTable: "renewals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_renewal_id",
                table: "cmp_transactions",
                column: "renewal_id");
        }
    }
}
