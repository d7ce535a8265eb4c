using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ca.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Pairs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "encryption_cert_req_id",
                table: "cmp_transactions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "kmc_told_at",
                table: "certificates",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "pair_of_id",
                table: "certificates",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_to_tell_kmc",
                table: "certificates",
                column: "id",
                filter: "pair_of_id is not null and kmc_told_at is null and state <> 'Unconfirmed'");

            migrationBuilder.AddForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                table: "certificates",
                column: "pair_of_id",
                principalTable: "certificates",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_pair_of_id",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_to_tell_kmc",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "encryption_cert_req_id",
                table: "cmp_transactions");

            migrationBuilder.DropColumn(
                name: "kmc_told_at",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "pair_of_id",
                table: "certificates");
        }
    }
}
