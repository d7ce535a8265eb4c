using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Configuration;
using Rekey.Ra.Cmp;
using Rekey.Ra.Subscribers;
using Rekey.Server.Serving;
using Rekey.Store.Audit;

namespace Rekey.Server.Commands;

/// <summary><c>rekey ra</c>: <c>subscriber add</c> and <c>cmp-reference</c>; the others have files of their own.</summary>
internal static class RaCommands
{
    // Without 0 O 1 I l: a secret is sometimes read out.
    private const string SecretAlphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

    public static Command Create() =>
        new("ra", "The registration authority.")
        {
            new Command("subscriber", "Subscribers.") { Add(), RaImportCommands.Import(), RaImportCommands.Template(), RaImportCommands.Export() },
            Reference(), RaWaitingCommands.Waiting(), RaWaitingCommands.Approve(), RaWaitingCommands.Refuse(),
            RaRelyingPartyCommands.RelyingParty(), RaRelyingPartyCommands.NeededUntil(), RaOperatorCommands.Operator(),
            FirstAdministratorsCommands.AtRa(),
        };

    private static Command Add()
    {
        var directory = CommonOptions.Directory();
        var id = new Option<string>("--id") { Description = "Stable identifier, in every certificate of the subscriber", Required = true };
        var name = new Option<string>("--name") { Description = "Name as in certificates (CN and O)", Required = true };
        var person = new Option<bool>("--person") { Description = "A person; without it an organisation" };
        var country = new Option<string>("--country") { Description = "Country (C), two letters", DefaultValueFactory = _ => "CN" };
        var contact = new Option<string?>("--contact") { Description = "Who handles the key" };
        var phone = new Option<string?>("--phone") { Description = "The contact's telephone" };
        var email = new Option<string?>("--email") { Description = "The contact's e-mail address" };
        var add = new Command("add", "Register a subscriber.") { directory, id, name, person, country, contact, phone, email };
        add.SetAction(async (parsed, cancel) =>
        {
            await using var services = await RaScope.OpenAsync(parsed.Settings(directory), cancel);
            await using var act = await services.ActAsync(cancel);
            var db = act.Db;
            var stableId = parsed.GetValue(id)!;
            if (await db.Subscribers.AnyAsync(s => s.StableId == stableId, cancel))
            {
                throw new ConfigurationException($"there is a subscriber {stableId} already");
            }

            var now = TimeProvider.System.GetUtcNow();
            db.Subscribers.Add(new Subscriber
            {
                Kind = parsed.GetValue(person) ? SubscriberKind.Person : SubscriberKind.Organisation,
                StableId = stableId,
                DisplayName = parsed.GetValue(name)!,
                Subject = Subscriber.PlainSubject(parsed.GetValue(country)!, parsed.GetValue(name)!, stableId),
                ContactName = parsed.GetValue(contact),
                ContactPhone = parsed.GetValue(phone),
                ContactEmail = parsed.GetValue(email),
                IdentityProvedAt = now,
                RegisteredAt = now,
            });
            act.Record(new AuditEvent("subscriber.added", CaScope.Actor, $"subscriber:{stableId}") { Personal = new Dictionary<string, string> { ["name"] = parsed.GetValue(name)! } });
            await act.CommitAsync(cancel);
            parsed.Say($"Registered {stableId}.");
            return 0;
        });
        return add;
    }

    private static Command Reference()
    {
        var directory = CommonOptions.Directory();
        var id = new Option<string>("--subscriber") { Description = "Stable identifier of the subscriber", Required = true };
        var profile = new Option<string>("--profile") { Description = "Profile of the certificate", Required = true };
        var days = new Option<int>("--days") { Description = "Days until it runs out for a first request", DefaultValueFactory = _ => 7 };
        var byHand = new Option<bool>("--approve-by-hand") { Description = "The request waits until rekey ra approve" };
        var command = new Command("cmp-reference", "Make a reference and secret for a third-party CMP client; shown once.") { directory, id, profile, days, byHand };
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = parsed.Settings(directory);
            if (!settings.Ra.Renewal.Profiles.ContainsKey(parsed.GetValue(profile)!))
            {
                throw new ConfigurationException($"there is no profile \"{parsed.GetValue(profile)}\"; there are: {string.Join(", ", settings.Ra.Renewal.Profiles.Keys.Where(p => p != "default"))}");
            }

            await using var services = await RaScope.OpenAsync(settings, cancel);
            await using var act = await services.ActAsync(cancel);
            var db = act.Db;
            var stableId = parsed.GetValue(id)!;
            var subscriber = await db.Subscribers.SingleOrDefaultAsync(s => s.StableId == stableId, cancel)
                ?? throw new ConfigurationException($"there is no subscriber {stableId}");
            var reference = RandomNumberGenerator.GetString("0123456789", 10);
            var secret = RandomNumberGenerator.GetString(SecretAlphabet, 24); // 118 bits
            db.CmpReferences.Add(new CmpReference
            {
                Reference = reference,
                SealedSecret = DecideEnrolment.Seal(Parts.OpenSecretBox(settings), reference, Encoding.UTF8.GetBytes(secret)),
                Subscriber = subscriber,
                Profile = parsed.GetValue(profile)!,
                ExpiresAt = TimeProvider.System.GetUtcNow().AddDays(parsed.GetValue(days)),
                ApproveByHand = parsed.GetValue(byHand),
            });
            act.Record(new AuditEvent("reference.made", CaScope.Actor, DecideEnrolment.Target(reference))
            {
                Details = new Dictionary<string, string> { ["subscriber"] = stableId, ["profile"] = parsed.GetValue(profile)!, ["approval"] = parsed.GetValue(byHand) ? "by hand" : "none" },
            });
            await act.CommitAsync(cancel);
            parsed.Say($"reference  {reference}\nsecret     {secret}\n\nThe secret is shown this once. With OpenSSL: -ref {reference} -secret pass:… -mac hmacWithSHA256");
            return 0;
        });
        return command;
    }
}
