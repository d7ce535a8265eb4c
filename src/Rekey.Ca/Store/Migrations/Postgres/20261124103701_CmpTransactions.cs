using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ca.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class CmpTransactions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                schema: "ca",
                columns: table => new
                {
                    transaction_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    requester = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    request_sha256 = table.Column<byte[]>(type: "bytea", nullable: false),
                    cert_req_id = table.Column<int>(type: "integer", nullable: false),
                    certificate_id = table.Column<long>(type: "bigint", nullable: false),
                    answer = table.Column<byte[]>(type: "bytea", nullable: false),
                    answer_nonce = table.Column<byte[]>(type: "bytea", nullable: false),
                    answered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalSchema: "ca",
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_certificate_id",
                schema: "ca",
                table: "cmp_transactions",
                column: "certificate_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cmp_transactions",
                schema: "ca");
        }
    }
}
