using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ca.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class CmpTransactions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                columns: table => new
                {
                    transaction_id = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    requester = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    request_sha256 = table.Column<byte[]>(type: "BLOB", nullable: false),
                    cert_req_id = table.Column<int>(type: "INTEGER", nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    answer = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answer_nonce = table.Column<byte[]>(type: "BLOB", nullable: false),
                    answered_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_certificate_id",
                table: "cmp_transactions",
                column: "certificate_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cmp_transactions");
        }
    }
}
