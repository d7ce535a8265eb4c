using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class PagesUntold : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cmp_transactions",
                schema: "ra");

            migrationBuilder.AddColumn<string>(
                name: "untold",
                schema: "ra",
                table: "renewals",
                type: "character varying(16)",
                maxLength: 16,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_renewals_untold",
                schema: "ra",
                table: "renewals",
                column: "untold",
                filter: "untold is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_renewals_untold",
                schema: "ra",
                table: "renewals");

            migrationBuilder.DropColumn(
                name: "untold",
                schema: "ra",
                table: "renewals");

            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                schema: "ra",
                columns: table => new
                {
                    transaction_id = table.Column<byte[]>(type: "bytea", maxLength: 16, nullable: false),
                    renewal_id = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_renewals_renewal_id",
                        column: x => x.renewal_id,
                        principalSchema: "ra",
                        principalTable: "renewals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_renewal_id",
                schema: "ra",
                table: "cmp_transactions",
                column: "renewal_id");
        }
    }
}
