using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ca.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Pairs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "encryption_cert_req_id",
                schema: "ca",
                table: "cmp_transactions",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "kmc_told_at",
                schema: "ca",
                table: "certificates",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "pair_of_id",
                schema: "ca",
                table: "certificates",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                schema: "ca",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_to_tell_kmc",
                schema: "ca",
                table: "certificates",
                column: "id",
                filter: "pair_of_id is not null and kmc_told_at is null and state <> 'Unconfirmed'");

            migrationBuilder.AddForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                schema: "ca",
                table: "certificates",
                column: "pair_of_id",
                principalSchema: "ca",
                principalTable: "certificates",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                schema: "ca",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_pair_of_id",
                schema: "ca",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_to_tell_kmc",
                schema: "ca",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "encryption_cert_req_id",
                schema: "ca",
                table: "cmp_transactions");

            migrationBuilder.DropColumn(
                name: "kmc_told_at",
                schema: "ca",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "pair_of_id",
                schema: "ca",
                table: "certificates");
        }
    }
}
